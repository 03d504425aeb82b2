"""What two-in-one training does, and what search-then-prune does instead: Algorithm 1 as a drawing, of no numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from figures.figure import Figure, Found
from figures.page import WIDTH
from figures.style import BACKGROUND, BLUE, GREY, ORANGE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_HEIGHT, _COLUMN = 4.25, 2.1
"""Of the drawing, and from one step to the next, in inches."""
_UNITS, _WEIGHTS, _CELL = 5, 6, 0.125
"""Of a pictured net: rows, which are search units, weights of each, and a weight's side in inches."""

_PRUNED = ((0, 1), (0, 4), (1, 2), (2, 0), (2, 3), (2, 5), (3, 1), (3, 2), (4, 4))
"""(unit, weight) of what the first pictured pruning takes."""
_MORE = (*_PRUNED, (0, 0), (1, 5), (1, 0), (3, 4), (3, 5), (4, 0), (4, 2))
_DEAD = 2
"""The unit whose importance comes to nothing."""


@dataclass(frozen=True)
class _Step:
    """What is done when, and the net after it: weights that are pruned, the unit that is removed."""

    when: str
    what: str
    pruned: Collection[tuple[int, int]] = ()
    dead: int | None = None


_OURS = (
    _Step("every epoch", "train weights and\nimportance factors"),
    _Step("every $t_p$ epochs", "prune the smallest weights;\nPP: 10 % more every time", _PRUNED),
    _Step("every $t_s$ epochs", "remove dead units; IR-S:\npruned weights come back", (), _DEAD),
    _Step("after $t_{max}$ epochs", "SuperTicket: searched net\nunder its last mask", _MORE, _DEAD),
)
_THEIRS = (
    _Step("first training", "train weights and\nimportance factors"),
    _Step("during it", "remove dead units", (), _DEAD),
    _Step("after it", "prune once,\nto the target", _MORE, _DEAD),
    _Step("second training", "S+P ticket, retrained\nunder its mask or not", _MORE, _DEAD),
)


def draw(_found: Found, _profile: str) -> Drawing:
    """Draw the steps of Algorithm 1 with a net after each, and those of search-then-prune below."""
    from matplotlib.figure import Figure as Canvas

    drawing = Canvas((WIDTH, _HEIGHT))
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, _HEIGHT), xticks=(), yticks=())
    axes.axis("off")
    _row(axes, "Two-in-one training: one training searches and prunes", _OURS, 2.42, BLUE)
    _row(axes, "Search-then-prune (S+P): one after the other", _THEIRS, 0.3, ORANGE)
    middles = [0.95 + _COLUMN * number for number in (0, 2)]
    axes.plot((middles[1], middles[1], middles[0]), (2.5, 2.34, 2.34), color=GREY, linewidth=1)
    axes.annotate("", (middles[0], 2.53), (middles[0], 2.33), arrowprops={"arrowstyle": "->", "color": GREY})
    axes.text(sum(middles) / 2, 2.34, "again, until the last epoch", ha="center", va="center", color=GREY,
              bbox={"facecolor": "white", "linewidth": 0, "pad": 2})  # fmt: skip
    _legend(axes)
    return drawing


def _row(axes: Axes, title: str, steps: Sequence[_Step], bottom: float, colour: str) -> None:
    axes.text(0.15, bottom + 1.7, title, weight="bold", va="center", fontsize=9)
    for number, step in enumerate(steps):
        left = 0.15 + number * _COLUMN
        axes.text(left + 0.8, bottom + 1.45, step.when, ha="center", va="center", weight="bold")
        _net(axes, left + 0.8 - _WEIGHTS * _CELL / 2, bottom + 0.62, step, colour)
        axes.text(left + 0.8, bottom + 0.52, step.what, ha="center", va="top")
        if number < len(steps) - 1:
            ends = (left + 1.5, bottom + 0.94), (left + 2.2, bottom + 0.94)
            axes.annotate("", ends[1], ends[0], arrowprops={"arrowstyle": "->", "color": GREY})


def _net(axes: Axes, left: float, bottom: float, step: _Step, colour: str) -> None:
    """Draw units as rows of weights: pruned ones hollow, a removed unit struck out."""
    for unit in range(_UNITS):
        height = bottom + (_UNITS - 1 - unit) * _CELL
        for weight in range(_WEIGHTS):
            kept = (unit, weight) not in step.pruned and unit != step.dead
            _weight(axes, left + weight * _CELL, height, kept, VERMILLION if unit == step.dead else colour)
        if unit == step.dead:
            _strike(axes, left, height)


def _weight(axes: Axes, left: float, bottom: float, kept: bool, colour: str) -> None:
    from matplotlib.patches import Rectangle

    side = 0.8 * _CELL
    fill = colour if kept else "none"
    axes.add_patch(Rectangle((left, bottom), side, side, facecolor=fill, edgecolor=colour, linewidth=0.6))


def _strike(axes: Axes, left: float, bottom: float, weights: int = _WEIGHTS) -> None:
    ends, middle = (left - 0.05, left + weights * _CELL), bottom + 0.4 * _CELL
    axes.plot(ends, (middle, middle), color=VERMILLION, linewidth=1.2)


def _legend(axes: Axes) -> None:
    """Say what the squares are, in a line at the bottom."""
    axes.axhspan(0, 0.27, color=BACKGROUND, linewidth=0)
    for left, colour, kept, label in (
        (0.3, GREY, True, "weight"), (1.2, GREY, False, "pruned weight"),
        (2.55, VERMILLION, False, "weight of a removed unit"),
    ):  # fmt: skip
        _weight(axes, left, 0.09, kept, colour)
        axes.text(left + 0.2, 0.135, label, va="center")
    _strike(axes, 2.55, 0.09, 1)
    axes.text(4.6, 0.135, "a row of squares is a search unit: a channel of one kernel size", va="center")


def _no_table(path: Path) -> Found:
    raise AssertionError(f"{path}: this figure has no table")


FIGURE = Figure(
    "method", "Two-in-one training and search-then-prune (Algorithm 1)", (), draw, read=_no_table, folder="method"
)
