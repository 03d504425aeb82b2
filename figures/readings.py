"""The layout of the protocol's tables: a block of rows per reading, in it a line of dots per method."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from figures.figure import of_one_table
from figures.lines import missing
from figures.methods import Looks, hollow, looks
from figures.metrics import SYMBOLS
from figures.page import Band, Page, heading, printed_label
from figures.reading import Cell
from figures.spread import in_words, spread
from figures.style import GREY, METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

_LINE, _BETWEEN = 0.082, 0.1
"""Height of a method's line, and of the space between two readings, in inches."""
_LEFT, _GAP, _LETTERS = 1.9, 0.25, 30
"""Room for the readings' names and between panels, in inches; letters of a line of a name."""
_PANELS = 3
"""Most panels side by side."""

_SEED: dict[str, Any] = {"marker": ".", "markersize": 3, "markeredgewidth": 0, "linestyle": "none", "zorder": 2}


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the drawing: a panel per data set and sparsity.

    Args:
        cells: one table's cells; costs among them are left to the table.
        profile: scale of the runs.
        words: first line.
    """
    cells = [cell for cell in cells if cell.metric in METRICS]
    places = list(dict.fromkeys((cell.role, cell.sparsity, cell.metric) for cell in cells))
    found = [[cell for cell in cells if (cell.role, cell.sparsity, cell.metric) == place] for place in places]
    across = min(_PANELS, len(found))
    bands = [found[i : i + across] for i in range(0, len(found), across)]
    look = {row: {**own, "linestyle": "none"} for row, own in looks(map(_method, cells)).items()}
    heights = [max(map(_height, own)) for own in bands]
    remarks = [*missing(cells, 150), f"Bars: {words_of}." if (words_of := in_words(cells)) else "No bars: no interval."]
    page = Page(
        words, cells, profile, [Band(height, above=0.5, below=0.46) for height in heights],
        _legend(cells, look, profile), columns=4, remarks=remarks,
    )  # fmt: skip
    for band, own in enumerate(bands):
        grid = page.panels(band, across, _LEFT, _GAP)
        for column, panel in enumerate(own):
            _panel(page.drawing.add_subplot(grid[column]), panel, look, heights[band], named=column == 0)
    return page.drawing


def _method(cell: Cell) -> str:
    """The row that a cell would be without a reading."""
    return cell.row.partition(".")[0]


def _readings(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """A panel's cells by what is different: the words after a method's name."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.method.partition(": ")[2] or "as in all other tables", []).append(cell)
    return found


def _height(cells: Sequence[Cell]) -> float:
    return len(cells) * _LINE + len(_readings(cells)) * _BETWEEN


def _panel(axes: Axes, cells: Sequence[Cell], look: Looks, height: float, named: bool) -> None:
    middles, y = {}, 0.0
    for number, (reading, own) in enumerate(_readings(cells).items()):
        bottom = y + len(own) * _LINE + _BETWEEN
        if number % 2 == 0:
            axes.axhspan(y, bottom, color="#F3F3F3", linewidth=0, zorder=0)
        middles[textwrap.fill(reading, _LETTERS)] = (y + bottom) / 2
        for i, cell in enumerate(own):
            _dots(axes, cell, look[_method(cell)], y + _BETWEEN / 2 + (i + 0.5) * _LINE)
        y = bottom
    axes.set_ylim(height, 0)
    axes.set_yticks(list(middles.values()), list(middles) if named else [""] * len(middles), fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#D0D0D0", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.margins(x=0.06)
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel(f"{METRICS[cells[0].metric]} [{SYMBOLS[cells[0].unit]}]")
    title = textwrap.fill(heading(cells), 34)
    axes.set_title(f"{title}\nsparsity {100 * cells[0].sparsity:g} %", loc="left", fontsize=7.5, fontweight="bold")
    if not axes.lines:
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", va="center", color=GREY)
        axes.set_xticks([])


def _dots(axes: Axes, cell: Cell, look: dict[str, Any] | Any, y: float) -> None:
    if cell.printed is not None:
        axes.plot(cell.printed, y, **hollow(look))
    if cell.mean is None:
        return
    color = look["color"]
    axes.plot(cell.seeds, [y] * len(cell.seeds), **_SEED, color=color)
    if bar := spread(cell):
        axes.plot(bar[0], (y, y), color=color, linewidth=0.9, zorder=1.5, **bar[1])
    axes.plot(cell.mean, y, **look)


def _legend(cells: Sequence[Cell], look: Looks, profile: str) -> list[Line2D]:
    from matplotlib.lines import Line2D

    names = {_method(cell): cell.method.partition(": ")[0] for cell in cells}
    handles = [Line2D([], [], label=names[row], **own) for row, own in look.items()]
    handles.append(Line2D([], [], label="each seed", color=GREY, **_SEED))
    if any(cell.printed is not None for cell in cells):
        handles.append(Line2D([], [], label=printed_label(profile), **hollow({"color": GREY, "marker": "o"})))
    return handles


reading_figure = partial(of_one_table, draw)
