"""The layout of the paper's comparisons with other networks: accuracy against cost, measured and printed apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from figures.curves import GAP, LEFT
from figures.figure import of_one_table
from figures.labels import label
from figures.lines import Lines, Point, bars, finish, legend, measured, mmacs, printed, title
from figures.methods import Looks, looks
from figures.page import Band, Page, measured_on, printed_label
from figures.reading import Cell
from figures.style import GREY, METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_PRINTED_COSTS = ("macs_official", "macs_nonzero", "macs_dense")
"""Beside which of our costs the paper's may stand, the likeliest first."""


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the drawing: what we measured on the left, what the paper prints on the right, one primary metric each.

    Args:
        cells: one table's cells, all of one data set.
        profile: scale of the runs.
        words: first line.
    """
    primary = next(cell.metric for cell in cells if cell.metric in METRICS)
    scored = [cell for cell in cells if cell.metric == primary]
    look = looks(cell.row for cell in scored)
    printed_costs = {
        cell.key[:-1]: 1000 * cell.printed
        for metric in reversed(_PRINTED_COSTS)
        for cell in cells
        if cell.metric == metric and cell.printed is not None
    }
    absent = [cell.method for cell in scored if cell.mean is None]
    remarks = [bars(scored)]
    if absent:
        remarks.append(f"Accuracy as printed only, not run here: {', '.join(absent)}.")
    costless = [c.method for c in scored if c.printed is not None and c.key[:-1] not in printed_costs]
    if costless:
        remarks.append(f"Printed without a cost, so not drawn: {', '.join(costless)}.")
    page = Page(words, scored, profile, [Band(2.3, above=0.45)], legend(scored, look), columns=4, remarks=remarks)
    places = page.panels(0, 2, LEFT, GAP)
    axes = page.drawing.add_subplot(places[0])
    lines = _lines(scored, mmacs(cells), lambda cell: cell.mean)
    measured(axes, lines, look)
    title(axes, scored[0].role, [measured_on(scored)])
    finish(axes, scored[0], "non-zero MACs [M]")
    axes.autoscale_view()
    _name(axes, lines, look)
    axes = page.drawing.add_subplot(places[1])
    lines = _lines(scored, printed_costs, lambda cell: cell.printed)
    printed(axes, lines, look)
    axes.set_title(printed_label(profile), loc="left", color=GREY)
    finish(axes, scored[0], "MACs, as printed [M]")
    axes.autoscale_view()
    _name(axes, lines, look)
    return page.drawing


def _name(axes: Axes, lines: Lines, look: Looks) -> None:
    points = [point for found in lines.values() for point in found]
    label(axes, [(p.x, p.y, p.cell.method, look[p.cell.row]["color"]) for p in points])


def _lines(
    cells: Sequence[Cell], costs: Mapping[Any, float], value: Callable[[Cell], float | None]
) -> dict[str, list[Point]]:
    lines: dict[str, list[Point]] = {}
    for cell in cells:
        found = value(cell)
        if found is not None and cell.key[:-1] in costs:
            lines.setdefault(cell.row, []).append(Point(costs[cell.key[:-1]], found, cell))
    return lines


scatter_figure = partial(of_one_table, draw)
