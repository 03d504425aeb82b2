"""Figure 8: tickets found on one data set and used on another, against search-then-prune on the other itself."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures import marks
from figures.curves import PANEL
from figures.figure import of_one_table
from figures.lines import band_note, lines, methods, missing
from figures.methods import looks
from figures.page import measured_on, results_page
from figures.reading import Cell
from figures.style import METRICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_COLUMNS, _LETTERS = 3, 30
"""Panels beside each other; letters of a line of the legend in the place of a panel."""


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the figure: a panel per direction of transfer, the target's primary metric against sparsity.

    Networks trained on the target stand in the panels of every direction that ends there.

    Args:
        cells: one table's cells.
        profile: scale of the runs.
        words: first line.
    """
    scored = [cell for cell in cells if cell.metric in METRICS]
    primary = {cell.role: cell.metric for cell in reversed(scored)}
    scored = [cell for cell in scored if cell.metric == primary[cell.role]]
    directions = list(dict.fromkeys((cell.source, cell.role) for cell in scored if cell.source))
    look = looks(cell.row for cell in scored)
    legend = [*methods(scored, look), *marks.keys(scored, profile, band=True)]
    notes = [*missing(scored), f"Sparsities stand at equal distances, not to scale. {band_note(scored)}"]
    height = -(-len(directions) // _COLUMNS)
    drawing = results_page(words, scored, profile, PANEL * height, notes, () if len(directions) % _COLUMNS else legend)
    grid = drawing.subplots(height, _COLUMNS, squeeze=False)
    for axes, (source, role) in zip(grid.flat, directions, strict=False):
        own = [cell for cell in scored if cell.role == role and cell.source in {"", source}]
        steps = sorted({cell.sparsity for cell in own})
        lines(axes, own, look, lambda cell, steps=steps: steps.index(cell.sparsity))  # type: ignore[misc]
        axes.set_xticks(range(len(steps)), [f"{100 * sparsity:g}" for sparsity in steps])
        axes.set_xlim(-0.3, len(steps) - 0.7)
        axes.set_xlabel("sparsity [%], equal steps")
        direction = f"{source} \N{RIGHTWARDS ARROW} {role}"
        data_set = measured_on(own)
        axes.set_title(direction if data_set == role else f"In the place of {direction}\nmeasured on {data_set}")
    for axes in grid.flat[len(directions) :]:
        axes.set_axis_off()
    if len(directions) % _COLUMNS:
        for handle in legend:
            handle.set_label(textwrap.fill(handle.get_label(), _LETTERS))
        grid.flat[-1].legend(handles=legend, loc="center left", borderpad=0)
    return drawing


FIGURE = of_one_table(draw, "transfer-curves", "Transferred tickets against search-then-prune on the target", "Fig. 8")
