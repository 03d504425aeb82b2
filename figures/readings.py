"""The layout of the protocol's tables: a block of rows per reading, in it a row of marks per method."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.figure import of_one_table
from figures.lines import missing
from figures.methods import Looks, looks
from figures.page import heading, results_page
from figures.reading import Cell
from figures.style import METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

_LINE, _BETWEEN, _AROUND = 0.093, 0.09, 0.85
"""Height of a method's row, of the space between two readings, and of what stands around a panel, in inches."""
_LETTERS = 31
"""Letters of a line of a reading's name."""
_PANELS = 3
"""Most panels side by side."""
_UNCHANGED = 0.28
"""Opacity of what a reading leaves as it is."""
_NOTE = "Pale: the reading does not touch this method, so that the runs are those of the first block."


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
    across = 2 if len(found) == 4 else min(_PANELS, len(found))
    bands = [found[i : i + across] for i in range(0, len(found), across)]
    heights = [max(map(_height, own)) for own in bands]
    look = looks(map(_method, cells))
    legend = [*_names(cells, look), *marks.keys(cells, profile)]
    panels = sum(heights) + _AROUND * len(bands)
    drawing = results_page(words, cells, profile, panels, [*missing(cells), _NOTE], legend)
    grid = drawing.subplots(len(bands), across, squeeze=False, gridspec_kw={"height_ratios": heights})
    for line, own in zip(grid, bands, strict=True):
        for axes, panel in zip(line, own, strict=False):
            _panel(axes, panel, look, named=panel is own[0])
        for axes in line[len(own) :]:
            axes.set_axis_off()
    return drawing


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


def _panel(axes: Axes, cells: Sequence[Cell], look: Looks, named: bool) -> None:
    found = _readings(cells)
    edges, seen = [0.0], set[str]()
    for own in found.values():
        for i, cell in enumerate(own):
            y = edges[-1] + _BETWEEN / 2 + (i + 0.5) * _LINE
            first = len(axes.lines)
            marks.row(axes, cell, y, look[_method(cell)])
            for line in axes.lines[first:] if cell.experiment_id in seen else ():
                line.set_alpha(_UNCHANGED)
        seen |= {cell.experiment_id for cell in own if cell.mean is not None}
        edges.append(edges[-1] + len(own) * _LINE + _BETWEEN)
    marks.stripes(axes, edges)
    names = [textwrap.fill(reading, _LETTERS) for reading in found] if named else [""] * len(found)
    axes.set_yticks([(low + high) / 2 for low, high in pairwise(edges)], names)
    marks.percent(axes, cells)
    title = heading(cells).replace(": ", ":\n")
    axes.set_title(f"{title}, {100 * cells[0].sparsity:g} %", fontweight="bold")
    if all(cell.mean is None and cell.printed is None for cell in cells):
        marks.blank(axes, "not run")


def _names(cells: Sequence[Cell], look: Looks) -> list[Line2D]:
    from matplotlib.lines import Line2D

    names = {_method(cell): cell.method.partition(": ")[0] for cell in cells}
    shown: dict[str, dict[str, Any]] = {row: {**own, "linestyle": "none"} for row, own in look.items()}
    return [Line2D([], [], label=names[row], **own) for row, own in shown.items()]


reading_figure = partial(of_one_table, draw)
