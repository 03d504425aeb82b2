"""The layout of the paper's tables as figures: a line of dots per method, a panel per metric."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from figures.figure import of_one_table
from figures.metrics import SYMBOLS
from figures.page import PRINTED, Band, Page, heading, printed_label
from figures.reading import Cell
from figures.spread import in_words, spread
from figures.style import BLUE, GREY, METRICS, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

_SPREAD = 0.14
"""Vertical distance of neighbouring seeds' dots from each other, in rows."""
_DROP = 0.30
"""How far the seeds and the printed number stand off the mean, below and above, in rows."""
_ROW, _LETTER = 0.265, 0.058
"""Height of a row and width of a letter of a method's name, in inches."""

_MEAN: dict[str, Any] = {"marker": "o", "markersize": 4, "color": BLUE, "linestyle": "none", "zorder": 4}
_BAR: dict[str, Any] = {"color": BLUE, "linewidth": 1.2, "zorder": 3}
_ENDS: dict[str, Any] = {
    "marker": "|", "markersize": 7, "markeredgewidth": 1.2, "color": BLUE, "linestyle": "none", "zorder": 3,
}  # fmt: skip
_SEED: dict[str, Any] = {
    "marker": ".", "markersize": 5, "color": VERMILLION, "markeredgewidth": 0, "linestyle": "none", "zorder": 3,
}  # fmt: skip


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the drawing: one row of panels per data set and sparsity.

    Args:
        cells: one table's cells; costs among them are left to the table.
        profile: scale of the runs.
        words: first line.
    """
    cells = [cell for cell in cells if cell.metric in METRICS]
    blocks = list(dict.fromkeys((cell.role, cell.sparsity) for cell in cells))
    found = [[cell for cell in cells if (cell.role, cell.sparsity) == block] for block in blocks]
    metrics = [list(dict.fromkeys(cell.metric for cell in own)) for own in found]
    bands = [Band(_ROW * len(own) / len(metrics[i]), above=0.36, below=0.48) for i, own in enumerate(found)]
    page = Page(words, cells, profile, bands, _legend(cells, profile))
    left = 0.2 + _LETTER * max(len(cell.name) for cell in cells)
    for i, own in enumerate(found):
        places = page.panels(i, len(metrics[i]), left, gap=0.18)
        for j, metric in enumerate(metrics[i]):
            axes = page.drawing.add_subplot(places[j])
            _panel(axes, [cell for cell in own if cell.metric == metric], methods=j == 0)
            if j == 0:
                axes.set_title(f"{heading(own)}, sparsity {100 * own[0].sparsity:g} %", loc="left", fontweight="bold")
    return page.drawing


def _panel(axes: Axes, cells: Sequence[Cell], methods: bool) -> None:
    for y, cell in enumerate(cells):
        if y % 2 == 0:
            axes.axhspan(y - 0.5, y + 0.5, color="#F3F3F3", linewidth=0, zorder=0)
        if cell.printed is not None:
            axes.plot(cell.printed, y - _DROP, **PRINTED)
        if cell.mean is None:
            axes.text(0.5, y, "not run", transform=axes.get_yaxis_transform(), ha="center", va="center", color=GREY)
            continue
        for k, value in enumerate(cell.seeds):
            offset = (k - (len(cell.seeds) - 1) / 2) * min(_SPREAD, 0.3 / len(cell.seeds))
            axes.plot(value, y + _DROP + offset, **_SEED)
        if bar := spread(cell):
            axes.plot(bar[0], (y, y), **_BAR, **bar[1])
            axes.plot(bar[0], (y, y), **_ENDS)
        axes.plot(cell.mean, y, **_MEAN)
    axes.set_ylim(len(cells) - 0.5, -0.5)
    axes.set_xlim(*_limits(cells))
    axes.set_yticks(range(len(cells)), [cell.name for cell in cells] if methods else [""] * len(cells))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#D0D0D0", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(f"{METRICS[cells[0].metric]} [{SYMBOLS[cells[0].unit]}]")


def _limits(cells: Sequence[Cell]) -> tuple[float, float]:
    """Return limits that leave a margin around everything drawn and never leave 0..100 by more than that margin."""
    bars = [end for cell in cells if (bar := spread(cell)) for end in bar[0]]
    drawn = [*bars, *(x for cell in cells for x in (*cell.seeds, cell.printed) if x is not None)]
    low, high = min(drawn, default=0.0), max(drawn, default=100.0)
    margin = max(0.07 * (high - low), 0.5)
    return low - margin, high + margin


def _legend(cells: Sequence[Cell], profile: str) -> list[Line2D]:
    from matplotlib.lines import Line2D

    bar = in_words(cells)
    mean = {**_MEAN, **_BAR, "linestyle": "-"} if bar else _MEAN
    handles = [
        Line2D([], [], label=f"measured: mean and {bar}" if bar else "measured: mean, no interval", **mean),
        Line2D([], [], label="measured: each seed", **_SEED),
    ]
    if any(cell.printed is not None for cell in cells):
        handles.append(Line2D([], [], label=printed_label(profile), **PRINTED))
    return handles


dot_figure = partial(of_one_table, draw)
