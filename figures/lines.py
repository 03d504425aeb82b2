"""Lines of points in a panel: means joined, each with its seeds and a band of intervals, and printed anchors beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.methods import Looks, hollow
from figures.reading import REMEDY, Cell
from figures.spread import RANGE, spread
from figures.spread import in_words as bars_in_words
from figures.style import GREY, METRICS
from figures.telling import in_words, tell
from supertickets.documents.texts import DocumentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_COST = "macs_nonzero"
_BAND_NOTE = "Where a band closes there is no interval: all seeds are equal, or there is only one."


def lines(axes: Axes, cells: Sequence[Cell], look: Looks, place: Callable[[Cell], float | None]) -> None:
    """Draw one line per method over its sparsities, and its printed numbers; the y axis is named after the metric.

    Args:
        axes: where.
        cells: of one metric.
        look: row key -> look.
        place: x of a cell; None for one that has none, whose printed number is left out.
    """
    for row in dict.fromkeys(cell.row for cell in cells):
        own = sorted((cell for cell in cells if cell.row == row), key=lambda cell: cell.sparsity)
        anchors = [
            (x, cell.printed, cell) for cell in own if cell.printed is not None and (x := place(cell)) is not None
        ]
        if anchors:
            places, values, printed = zip(*anchors, strict=True)
            tell(axes.plot(places, values, **hollow(look[row]), zorder=4)[0], [in_words(cell) for cell in printed])
        points = [(x, cell.mean, cell) for cell in own if cell.mean is not None and (x := place(cell)) is not None]
        if points:
            _line(axes, points, look[row])
    marks.percent(axes, cells, "y")
    axes.grid()
    if not any(cell.mean is not None for cell in cells):
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", va="center", color=GREY)


def _line(axes: Axes, points: Sequence[tuple[float, float, Cell]], look: Mapping[str, Any]) -> None:
    places = [x for x, _, _ in points]
    drawn = axes.plot(places, [y for _, y, _ in points], **look, zorder=3)
    tell(drawn[0], [in_words(cell) for _, _, cell in points])
    seeds = [(x, value) for x, _, cell in points for value in cell.seeds if len(cell.seeds) > 1]
    if seeds:
        axes.plot(*zip(*seeds, strict=True), **marks.SEED, color=look["color"])
    bars = [spread(cell) for _, _, cell in points]
    if any(bars):
        edges = [bar[0] if bar else (y, y) for bar, (_, y, _) in zip(bars, points, strict=True)]
        lows, highs = zip(*edges, strict=True)
        band = axes.fill_between(places, lows, highs, color=look["color"], alpha=0.14, linewidth=0, zorder=1.5)
        if any(bar and bar[1] is RANGE for bar in bars):
            band.set(linewidth=0.6, linestyle=RANGE["linestyle"])


def band_note(cells: Sequence[Cell]) -> str:
    """Return how bands are to be read; empty when there is none."""
    return _BAND_NOTE if bars_in_words(cells) else ""


def missing(cells: Sequence[Cell]) -> list[str]:
    """Return a sentence on which methods were not run at which sparsities; none when all were."""
    asked: dict[str, set[float]] = {}
    lacking: dict[str, set[float]] = {}
    for cell in cells:
        name = f"{cell.name} in the place of {cell.role}"
        asked.setdefault(name, set()).add(cell.sparsity)
        if cell.mean is None:
            lacking.setdefault(name, set()).add(cell.sparsity)
    texts = [
        name if found == asked[name] else f"{name} at {', '.join(f'{100 * s:g}' for s in sorted(found))} %"
        for name, found in lacking.items()
    ]
    return [f"not run: {'; '.join(texts)}."] if texts else []


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


def methods(cells: Sequence[Cell], look: Looks) -> list[Line2D]:
    """Return a handle per row, named after its method; of a transferred ticket any source is meant."""
    from matplotlib.lines import Line2D

    names = {c.row: c.method.replace(c.source, "elsewhere") if c.source else c.method for c in cells}
    return [Line2D([], [], label=names[row], **own) for row, own in look.items()]
