"""The layout of errors of detectors: a group of bars per type of error, dense beside sparse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.detectors import LOOKS, key
from figures.figure import Figure
from figures.lines import missing
from figures.marks import BAR, SEED, blank
from figures.metrics import LABELS
from figures.page import heading, results_page
from figures.reading import Cell
from figures.spread import in_words as bars_in_words
from figures.spread import spread
from figures.style import BLACK
from figures.telling import in_words, tell

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_TABLE = "or-errors"
_GROUP, _PALE = 0.76, 0.45
"""Breadth of a group of columns, and how much of its colour a column has: what stands before it is seen."""


def error_figure(name: str, kind: str, what: str, paper_ref: str) -> Figure:
    """Return the figure of what each type of error costs.

    Args:
        name: of the figure.
        kind: how the metrics' keys begin.
        what: what is to be seen.
        paper_ref: where the paper has it.
    """
    words = f"{what} ({paper_ref})"
    return Figure(name, words, (_TABLE,), lambda found, profile: _draw(found[_TABLE], profile, words, f"{kind}_"))


def _draw(cells: Sequence[Cell], profile: str, words: str, kind: str) -> Drawing:
    shown = [cell for cell in cells if cell.metric.startswith(kind)]
    metrics = list(dict.fromkeys(cell.metric for cell in shown))
    rows = {cell.row: f"{cell.method}, {100 * cell.sparsity:g} % zeros" for cell in shown}
    legend = [key(name, {"color": LOOKS[row]["color"], "alpha": _PALE}, linewidth=5) for row, name in rows.items()]
    drawing = results_page(words, shown, profile, 2.6, [*missing(shown), *_note(shown)], legend)
    axes, breadth = drawing.subplots(), _GROUP / len(rows)
    for number, row in enumerate(rows):
        color = LOOKS[row]["color"]
        for place, metric in enumerate(metrics):
            cell = next(cell for cell in shown if (cell.row, cell.metric) == (row, metric))
            if cell.mean is None:
                continue
            x = place + (number - (len(rows) - 1) / 2) * breadth
            axes.bar(x, cell.mean, 0.9 * breadth, color=color, alpha=_PALE)
            # a line of one point, without a marker: what is told has a place, and nothing is drawn over the bar's end
            tell(axes.plot(x, cell.mean, color=color)[0], [in_words(cell)])
            if len(cell.seeds) > 1:
                axes.plot([x] * len(cell.seeds), cell.seeds, **SEED, color=BLACK)
            if bar := spread(cell):
                axes.plot((x, x), bar[0], color=BLACK, **BAR, **bar[1])
    if not axes.patches:
        blank(axes, "not run")
        return drawing
    axes.set_xticks(range(len(metrics)), [LABELS[metric].partition(": ")[2] for metric in metrics])
    axes.set_ylabel("AP gained if repaired [%]")
    axes.grid(axis="y")
    axes.set_title(heading(shown))
    return drawing


def _note(cells: Sequence[Cell]) -> list[str]:
    words = bars_in_words(cells)
    return [f"Columns are means of the seeds, dots each seed; lines: {words}."] if words else []
