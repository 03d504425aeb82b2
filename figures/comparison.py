"""The layout of the paper's comparisons with other networks: what each scores, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from figures import marks
from figures.dots import AROUND, ROW, rows
from figures.figure import of_one_table
from figures.methods import Look, looks
from figures.page import blocks, heading, results_page
from figures.reading import Cell
from figures.scales import logarithmic
from figures.style import GREY, METRICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_COSTS = {"macs_official": "MACs [G]", "params_nonzero": "parameters [M]"}
"""Metrics beside which the paper prints costs -> axis."""
_OTHER_WORKS: Look = {"color": GREY, "marker": "s", "markersize": 4}


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the drawing: a row per network with its primary metric, its MACs and its parameters.

    Args:
        cells: one table's cells, all of one data set.
        profile: scale of the runs.
        words: first line.
    """
    primary = next(cell.metric for cell in cells if cell.metric in METRICS)
    scored = [cell for cell in cells if cell.metric == primary]
    costs = {label: [cell for cell in cells if cell.metric == metric] for metric, label in _COSTS.items()}
    costs = {label: found for label, found in costs.items() if found}
    ours = [cell for cell in scored if cell.sparsity]
    look = {**{cell.row: _OTHER_WORKS for cell in scored}, **looks(cell.row for cell in ours)}
    notes = [f"Scores as printed only, not run here: {', '.join(names)}."] if (names := _absent(scored)) else []
    notes.append(
        "Costs are counted, not timed: of our nets as they were found here, of other networks as rebuilt here."
    )
    sparsities = sorted({f"{100 * cell.sparsity:g}" for cell in ours})
    height = AROUND + ROW * len(scored)
    drawing = results_page(words, scored, profile, height, notes, marks.keys(scored, profile), 4)
    (block,) = blocks(
        drawing, [f"{heading(scored)}; tickets of {' / '.join(sparsities)} % sparsity, other networks dense"], [height]
    )
    first, *others = block.subplots(1, 1 + len(costs), squeeze=False)[0]
    rows(first, scored, look, named=True)
    marks.percent(first, scored)
    for axes, (label, own) in zip(others, costs.items(), strict=True):
        rows(axes, own, look, named=False)
        logarithmic(axes, "x", ticks=2)
        axes.set_xlabel(label)
    return drawing


def _absent(cells: Sequence[Cell]) -> list[str]:
    return [cell.method for cell in cells if cell.mean is None]


comparison_figure = partial(of_one_table, draw)
