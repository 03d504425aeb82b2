"""The layout of the paper's curves: accuracy against what a network costs, a line per method over its sparsities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from figures.figure import of_one_table
from figures.labels import label
from figures.lines import NOTE, Point, bars, finish, legend, measured, missing, mmacs, printed, title
from figures.methods import Looks, looks
from figures.page import Band, Page, heading, printed_label
from figures.reading import Cell
from figures.style import GREY, METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

LOG_ROLES = ("Cityscapes", "ADE20K")
"""Data sets whose cost axis is logarithmic in the paper (Fig. 2, 5, 7); it is linear in Fig. 3, 4 and 6."""
NOT_DRAWN = ("ar",)
"""Metrics of the tables that the paper's curves leave out."""
LEFT, GAP = 0.52, 0.5
"""Room for the labels of the first panel's y axis, and of every other's, in inches."""
_LETTERS = 150
"""Letters of a note across the page."""
PRINTED_BAND = Band(0.75, above=0.24)


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the drawing: one row of panels per data set, and below it the paper's printed numbers where it has any.

    Printed numbers have panels of their own: their costs belong to other networks on other data.

    Args:
        cells: one table's cells.
        profile: scale of the runs.
        words: first line.
    """
    shown = [cell for cell in cells if cell.metric in METRICS and cell.metric not in NOT_DRAWN]
    costs = mmacs(cells)
    look = looks(cell.row for cell in shown)
    parts = [[cell for cell in shown if cell.role == role] for role in dict.fromkeys(cell.role for cell in shown)]
    bands: list[Band] = []
    for own in parts:
        height = 1.75 if any(cell.mean is not None for cell in own) else 0.6
        bands.append(Band(height, above=0.38 + NOTE * len(missing(own, _LETTERS))))
        bands += [PRINTED_BAND] * _has_printed(own)
    how = "Lines run from one sparsity to the next; small numbers name it in %, left out where there is no room."
    page = Page(words, shown, profile, bands, legend(shown, look), columns=4, remarks=[f"{bars(shown)} {how}"])
    band = 0
    for own in parts:
        metrics = [[c for c in own if c.metric == metric] for metric in dict.fromkeys(cell.metric for cell in own)]
        first, *_ = [_measured(page, band, len(metrics), j, found, costs, look) for j, found in enumerate(metrics)]
        title(first, heading(own), missing(own, _LETTERS))
        if _has_printed(own):
            first, *_ = [_printed(page, band + 1, len(metrics), j, found, look) for j, found in enumerate(metrics)]
            first.set_title(printed_label(profile), loc="left", color=GREY, fontsize=8, pad=4)
        band += 1 + _has_printed(own)
    return page.drawing


def _measured(
    page: Page, band: int, columns: int, column: int, cells: Sequence[Cell], costs: Mapping[Any, float], look: Looks
) -> Axes:
    axes = page.drawing.add_subplot(page.panels(band, columns, LEFT, GAP)[column])
    lines: dict[str, list[Point]] = {}
    for cell in sorted(cells, key=lambda cell: cell.sparsity):
        if cell.mean is not None:
            lines.setdefault(cell.row, []).append(Point(costs[cell.key[:-1]], cell.mean, cell))
    measured(axes, lines, look)
    if cells[0].role in LOG_ROLES and lines:
        _logarithmic(axes)
    finish(axes, cells[0], "non-zero MACs [M]")
    axes.autoscale_view()
    # The sparsest networks are what the paper is about: they are the first to be named.
    points = sorted((p for found in lines.values() for p in found), key=lambda point: -point.cell.sparsity)
    texts = [(p.x, p.y, f"{100 * p.cell.sparsity:g}", look[p.cell.row]["color"]) for p in points]
    label(axes, texts)
    return axes


def _printed(page: Page, band: int, columns: int, column: int, cells: Sequence[Cell], look: Looks) -> Axes:
    axes = page.drawing.add_subplot(page.panels(band, columns, LEFT, GAP)[column])
    lines: dict[str, list[Point]] = {}
    for cell in cells:
        if cell.printed is not None:
            lines.setdefault(cell.row, []).append(Point(100 * cell.sparsity, cell.printed, cell))
    printed(axes, lines, look)
    axes.set_xlim(103, -3)
    finish(axes, cells[0], "sparsity [%]")
    return axes


def _has_printed(cells: Sequence[Cell]) -> bool:
    return any(cell.printed is not None for cell in cells)


def _logarithmic(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


curve_figure = partial(of_one_table, draw)
