"""What two-in-one training does, and what search-then-prune does instead: Algorithm 1 as a drawing, of no numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from figures.figure import Figure, Found
from figures.style import BLUE, GREY, ORANGE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_WIDTH, _HEIGHT = 8.4, 3.5
_UNITS, _WEIGHTS, _CELL = 5, 6, 0.14
"""Of a pictured net: rows, which are search units, weights of each, and a weight's side in inches."""

_PRUNED = ((0, 1), (0, 4), (1, 2), (2, 0), (2, 3), (2, 5), (3, 1), (3, 2), (4, 4))
"""(unit, weight) of what the first pictured pruning takes."""
_MORE = (*_PRUNED, (0, 0), (1, 5), (1, 0), (3, 4), (3, 5), (4, 0), (4, 2))
_DEAD = 2
"""The unit whose importance comes to nothing."""

_OURS = (
    ("every epoch", "train weights and\nimportance factors"),
    ("every $t_p$ epochs", "prune the smallest weights;\nPP: 10 % more every time"),
    ("every $t_s$ epochs", "remove dead units; IR-S:\npruned weights come back"),
    ("after $t_{max}$ epochs", "SuperTicket: searched\nnet under the last mask"),
)
_THEIRS = ("search: train, remove dead units", "prune once", "retrain under the mask", "S+P ticket")


def draw(_found: Found, _profile: str) -> Drawing:
    """Draw the steps of Algorithm 1 with a net after each, and those of search-then-prune below."""
    from matplotlib.figure import Figure as Canvas

    drawing = Canvas((_WIDTH, _HEIGHT))
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, _WIDTH), ylim=(0, _HEIGHT), xticks=(), yticks=())
    axes.axis("off")
    axes.text(0.15, 3.25, "Two-in-one training: one training searches and prunes", weight="bold", va="center")
    nets: tuple[tuple[Sequence[tuple[int, int]], int | None], ...] = (
        ((), None), (_PRUNED, None), ((), _DEAD), (_MORE, _DEAD),
    )  # fmt: skip
    for number, ((when, what), (pruned, dead)) in enumerate(zip(_OURS, nets, strict=True)):
        left = 0.15 + number * 2.1
        axes.text(left + 0.85, 2.9, when, ha="center", va="center", color=BLUE)
        _net(axes, left + 0.43, 1.95, pruned, dead)
        axes.text(left + 0.85, 1.6, what, ha="center", va="center", fontsize=7.5)
        if number < len(_OURS) - 1:
            _arrow(axes, left + 1.5, left + 2.4, 2.33)
    axes.annotate(
        "",
        (1.0, 1.36),
        (5.2, 1.36),
        arrowprops={"arrowstyle": "->", "color": GREY, "connectionstyle": "bar,fraction=-0.03"},
    )
    axes.text(3.1, 1.12, "again, until the last epoch", ha="center", va="center", color=GREY, fontsize=7.5)
    axes.text(0.15, 0.75, "Search-then-prune (S+P): one after the other", weight="bold", va="center")
    for number, what in enumerate(_THEIRS):
        left = 0.15 + number * 2.1
        axes.text(
            left + 0.85, 0.35, what, ha="center", va="center", fontsize=7,
            bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": ORANGE},
        )  # fmt: skip
        if number < len(_THEIRS) - 1:
            _arrow(axes, left + 1.85, left + 2.05, 0.35)
    return drawing


def _net(axes: Axes, left: float, bottom: float, pruned: Sequence[tuple[int, int]], dead: int | None) -> None:
    """Draw units as rows of weights: pruned ones hollow, a removed unit struck out."""
    from matplotlib.patches import Rectangle

    for unit in range(_UNITS):
        for weight in range(_WEIGHTS):
            filled = (unit, weight) not in pruned and unit != dead
            corner = left + weight * _CELL, bottom + (_UNITS - 1 - unit) * _CELL
            colour = VERMILLION if unit == dead else BLUE
            axes.add_patch(
                Rectangle(
                    corner, 0.8 * _CELL, 0.8 * _CELL, facecolor=BLUE if filled else "none", edgecolor=colour, lw=0.6
                )
            )
        if unit == dead:
            middle = bottom + (_UNITS - 1 - unit + 0.4) * _CELL
            axes.plot((left - 0.05, left + _WEIGHTS * _CELL), (middle, middle), color=VERMILLION, linewidth=1.2)


def _arrow(axes: Axes, start: float, end: float, height: float) -> None:
    axes.annotate("", (end, height), (start, height), arrowprops={"arrowstyle": "->", "color": GREY})


def _no_table(path: Path) -> Found:
    raise AssertionError(f"{path}: this figure has no table")


FIGURE = Figure(
    "method", "Two-in-one training and search-then-prune (Algorithm 1)", (), draw, read=_no_table, folder="method"
)
