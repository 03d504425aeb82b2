"""The panel that curves and scatters share: lines of points with error bars, measured or printed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from figures.methods import Looks, hollow
from figures.metrics import SYMBOLS
from figures.reading import REMEDY, Cell
from figures.spread import in_words, spread
from figures.style import GREY, METRICS
from supertickets.documents.texts import DocumentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_COST = "macs_nonzero"
NOTE = 0.13
"""Height of a line of notes below a title, in inches."""

_SEED: dict[str, Any] = {"marker": "_", "markersize": 5, "markeredgewidth": 0.9, "linestyle": "none", "zorder": 1.6}
"""A single seed: a dash across the vertical bar."""

Lines = Mapping[str, Sequence["Point"]]
"""Row key -> its points, in the order in which they are joined."""


@dataclass(frozen=True)
class Point:
    """A network: where it stands on the x axis, how good it is (measured or printed), and the cell that says so."""

    x: float
    y: float
    cell: Cell


def measured(axes: Axes, lines: Lines, look: Looks) -> None:
    """Draw measured points, joined, each with all its seeds and its interval or range if it has one."""
    for row, points in lines.items():
        color = look[row]["color"]
        axes.plot([point.x for point in points], [point.y for point in points], **look[row])
        seeds = [(point.x, value) for point in points for value in point.cell.seeds]
        axes.plot(*zip(*seeds, strict=True), **_SEED, color=color)
        for x, bar in ((point.x, spread(point.cell)) for point in points):
            if bar is not None:
                axes.plot((x, x), bar[0], color=color, linewidth=0.9, zorder=1.5, **bar[1])
    axes.margins(x=0.08, y=0.1)
    if not lines:
        blank(axes, "not run")


def printed(axes: Axes, lines: Lines, look: Looks) -> None:
    """Draw printed numbers as hollow markers."""
    for row, points in lines.items():
        axes.plot([point.x for point in points], [point.y for point in points], **hollow(look[row]))
    axes.margins(x=0.1, y=0.2)
    if not lines:
        blank(axes, "not printed")


def finish(axes: Axes, cell: Cell, x_label: str) -> None:
    """Name the axes after a cell's metric and draw a grid with few lines behind everything else."""
    axes.set_xlabel(x_label)
    axes.set_ylabel(f"{METRICS[cell.metric]} [{SYMBOLS[cell.unit]}]")
    axes.grid(color="#E2E2E2", linewidth=0.5)
    axes.set_axisbelow(True)
    if axes.get_yticks().size:
        axes.locator_params(axis="y", nbins=5)


def title(axes: Axes, text: str, notes: Sequence[str] = ()) -> None:
    """Write a panel's title, and below it lines of notes; `NOTE` inches each have to be free above the panel."""
    axes.set_title(text, loc="left", fontweight="bold", pad=6 + 72 * NOTE * len(notes))
    axes.annotate(
        "\n".join(notes), (0, 1), xytext=(0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=6.5,
        color=GREY, va="bottom", linespacing=1.25,
    )  # fmt: skip


def blank(axes: Axes, why: str) -> None:
    """Say in an empty panel why it is empty."""
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.set(xticks=[], yticks=[])


def missing(cells: Sequence[Cell], width: int) -> list[str]:
    """Return which methods were not run at which sparsities, in lines of `width` letters; none when all were."""
    asked: dict[str, list[float]] = {}
    lacking: dict[str, list[float]] = {}
    for cell in cells:
        if cell.metric == cells[0].metric:
            asked.setdefault(cell.name, []).append(cell.sparsity)
            if cell.mean is None:
                lacking.setdefault(cell.name, []).append(cell.sparsity)
    texts = [
        method if found == asked[method] else f"{method} at {', '.join(f'{100 * s:g}' for s in found)} %"
        for method, found in lacking.items()
    ]
    return textwrap.wrap(f"not run: {'; '.join(texts)}", width) if texts else []


def mmacs(cells: Sequence[Cell]) -> dict[Any, float]:
    """Return what measured networks cost, in 10^6 MACs of kept weights, by (row, role, source, sparsity).

    From the seeds and not from their mean, which has too few digits for miniature networks.

    Raises:
        DocumentError: for a network that was measured but whose cost was not.
    """
    costs = {cell.key[:-1]: 1000 * fmean(cell.seeds) for cell in cells if cell.metric == _COST and cell.seeds}
    for cell in cells:
        if cell.metric in METRICS and cell.mean is not None and cell.key[:-1] not in costs:
            file, where = Path(f"{cell.table}.v{cell.version}.csv"), f"{cell.name}, {cell.role}, {cell.sparsity:g}"
            raise DocumentError(file, f"has {cell.metric} but no {_COST}", REMEDY, place=where)
    return costs


def legend(cells: Sequence[Cell], look: Looks) -> list[Line2D]:
    """Return a handle per row, named after its method; of a transferred ticket any source is meant."""
    from matplotlib.lines import Line2D

    names = {c.row: c.method.replace(c.source, "elsewhere") if c.source else c.method for c in cells}
    return [Line2D([], [], label=names[row], **own) for row, own in look.items()]


def bars(cells: Sequence[Cell]) -> str:
    """Return what vertical bars and dashes mean, or that there are none."""
    if not any(cell.seeds for cell in cells):
        return "Nothing was run."
    return f"Vertical bars: {words}. Dashes: every seed." if (words := in_words(cells)) else "No bars: no interval."
