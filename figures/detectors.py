"""What figures of the object-recognition paper share: a page that matplotlib lays out, and means with their seeds."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from figures.metrics import LABELS, SYMBOLS
from figures.reading import BANNERS, Cell
from figures.spread import in_words, spread
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

WIDTH = 8.5
_LETTERS = 150
"""Letters of small text across the page."""
_LINE, _HEAD, _LEGEND_ROW = 0.15, 0.55, 0.2
"""Heights of a line of small text, of title and banner, and of a row of the legend, inches."""

LOOKS: dict[str, dict[str, Any]] = {
    "or_dense": {"color": BLACK, "marker": "s"},
    "or_direct": {"color": BLUE, "marker": "o"},
    "or_direct_equal": {"color": BLUE, "marker": "o"},
    "or_direct_layers": {"color": GREEN, "marker": "D"},
    "or_ticket": {"color": VERMILLION, "marker": "^"},
    "or_mask": {"color": ORANGE, "marker": "v"},
    "or_task": {"color": PURPLE, "marker": "P"},
}
"""Row key -> colour and marker; a ticket of the task itself is one thing however many zeros it has."""


def page(
    title: str, panels: float, banner: str, notes: Sequence[str] = (), legend: Sequence[Any] = (), columns: int = 4
) -> Drawing:
    """Return a figure with room for panels between its title and its notes.

    Args:
        title: first line.
        panels: height left for panels, inches.
        banner: what the numbers are.
        notes: sentences at the bottom, folded.
        legend: handles with labels.
        columns: of the legend.
    """
    from matplotlib.figure import Figure as Drawing

    lines = [line for note in notes for line in textwrap.wrap(note, _LETTERS)]
    keys = _LEGEND_ROW * -(-len(legend) // columns)
    foot = 0.1 + _LINE * len(lines) + keys
    height = _HEAD + panels + foot
    drawing: Drawing = Drawing(figsize=(WIDTH, height), layout="constrained")
    layout: Any = drawing.get_layout_engine()
    layout.set(rect=(0, foot / height, 1, panels / height))
    left = 0.1 / WIDTH
    drawing.text(left, 1 - 0.1 / height, title, va="top", fontsize=10.5, fontweight="bold")
    drawing.text(left, 1 - 0.33 / height, banner, va="top", fontsize=8.5, color=VERMILLION, fontweight="bold")
    drawing.text(left, 0.06 / height, "\n".join(lines), va="bottom", fontsize=7, color=GREY, linespacing=1.3)
    if legend:
        place = (left, (0.1 + _LINE * len(lines)) / height)
        drawing.legend(handles=list(legend), loc="lower left", bbox_to_anchor=place, ncols=columns, borderaxespad=0)
    return drawing


def notes_of(cells: Sequence[Cell], profile: str, *more: str) -> list[str]:
    """Return what bars are, whose place the data take, what was not run, and which table this is."""
    seeds = sorted({len(cell.seeds) for cell in cells} - {0})
    bars = f"Bars: {words}. Small marks: every seed." if (words := in_words(cells)) else "No bars: no interval."
    lost = dict.fromkeys(f"{cell.name} in the place of {cell.role}" for cell in cells if cell.mean is None)
    table = f"table {cells[0].table}, version {cells[0].version}"
    return [
        *more,
        *([bars] if seeds else []),
        *([f"not run: {', '.join(lost)}."] if lost else []),
        f"{profile} profile · n = {'/'.join(map(str, seeds)) or 'no'} seeds · {table}",
    ]


def banner(profile: str) -> str:
    """Return what a profile's numbers are."""
    return BANNERS[profile]


def means(cells: Sequence[Cell], metric: str) -> Mapping[Any, float]:
    """Return a measured metric by (row, role, source, sparsity), from the seeds: a mean has fewer digits."""
    return {cell.key[:-1]: fmean(cell.seeds) for cell in cells if cell.metric == metric and cell.seeds}


def points(axes: Axes, places: Sequence[float], cells: Sequence[Cell], look: Mapping[str, Any], joined: bool) -> None:
    """Draw measured cells at x places: means, joined or not, every seed, and intervals or ranges."""
    line = {"linestyle": "-" if joined else "none", "linewidth": 1.1, "markersize": 4.2, "zorder": 3, **look}
    axes.plot(places, [fmean(cell.seeds) for cell in cells], **line)
    for x, cell in zip(places, cells, strict=True):
        if len(cell.seeds) > 1:
            axes.plot(
                [x] * len(cell.seeds), cell.seeds, marker="_", markersize=5, linestyle="none", color=look["color"]
            )
        if bar := spread(cell):
            axes.plot((x, x), bar[0], color=look["color"], linewidth=0.9, zorder=1.5, **bar[1])


def key(label: str, look: Mapping[str, Any], **more: Any) -> Line2D:
    """Return a handle for a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **{"linewidth": 1.1, "markersize": 4.2, **look, **more})


def named(axes: Axes, cell: Cell) -> None:
    """Name the y axis after a cell's metric, and draw a light grid behind everything."""
    axes.set_ylabel(f"{LABELS[cell.metric]} [{SYMBOLS[cell.unit]}]")
    axes.grid(color="#E2E2E2", linewidth=0.5)
    axes.set_axisbelow(True)


def blank(axes: Axes, why: str = "not run") -> None:
    """Say in an empty panel why it is empty."""
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.set(xticks=[], yticks=[])
