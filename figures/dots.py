"""The layout of the paper's tables as figures: a row of marks per method, a panel per metric."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from figures import marks
from figures.figure import of_one_table
from figures.lines import missing
from figures.methods import Looks, looks
from figures.page import blocks, heading, results_page
from figures.reading import Cell
from figures.style import GREY, METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

ROW, AROUND = 0.26, 0.75
"""Height of a row, and of what stands around a block of them (heading, axis), in inches."""
_DROP = 0.27
"""How far the seeds and the printed number stand off the mean, below and above, in rows."""


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the drawing: a block of panels per data set and sparsity.

    Args:
        cells: one table's cells; costs among them are left to the table.
        profile: scale of the runs.
        words: first line.
    """
    cells = [cell for cell in cells if cell.metric in METRICS]
    parts = [
        [c for c in cells if (c.role, c.sparsity) == of] for of in dict.fromkeys((c.role, c.sparsity) for c in cells)
    ]
    panels = [[[c for c in own if c.metric == m] for m in dict.fromkeys(c.metric for c in own)] for own in parts]
    heights = [AROUND + ROW * len(found[0]) for found in panels]
    drawing = results_page(words, cells, profile, sum(heights), missing(cells), marks.keys(cells, profile))
    headings = [f"{heading(own)}, sparsity {100 * own[0].sparsity:g} %" for own in parts]
    look = looks(cell.row for cell in cells)
    for block, found in zip(blocks(drawing, headings, heights), panels, strict=True):
        for axes, own in zip(block.subplots(1, len(found), squeeze=False)[0], found, strict=True):
            rows(axes, own, look, named=own is found[0])
            marks.percent(axes, own)
    return drawing


def rows(axes: Axes, cells: Sequence[Cell], look: Looks, named: bool) -> None:
    """Draw a row per cell; `named` writes the methods beside them. The x axis is left to the caller."""
    marks.stripes(axes, [y - 0.5 for y in range(len(cells) + 1)])
    for y, cell in enumerate(cells):
        marks.row(axes, cell, y, look[cell.row], _DROP, _DROP)
        if cell.mean is None and cell.printed is None:
            axes.text(0.5, y, "not run", transform=axes.get_yaxis_transform(), ha="center", va="center", color=GREY)
    axes.set_yticks(range(len(cells)), [cell.name for cell in cells] if named else [""] * len(cells))


dot_figure = partial(of_one_table, draw)
