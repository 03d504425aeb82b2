"""How far seeds lie apart, drawn and named for what it is: the t-interval of three or more, the range of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from figures.reading import Cell

INTERVAL: dict[str, Any] = {"linestyle": "-", "solid_capstyle": "butt"}
RANGE: dict[str, Any] = {"linestyle": (0, (1.5, 1.2)), "dash_capstyle": "butt"}
"""A range is dotted: it promises nothing about other seeds."""


def spread(cell: Cell) -> tuple[tuple[float, float], dict[str, Any]] | None:
    """Return the ends of the bar around a mean and its looks; None for one seed and for seeds that are all equal.

    A t-interval does not know that a percentage ends at 0 and 100. The files have it as computed; what lies beyond can
    be no value, so that here the bar ends where the scale does.
    """
    if cell.interval is not None:
        low, high = cell.interval
        return ((max(low, 0.0), min(high, 100.0)) if cell.unit == "percent" else cell.interval), INTERVAL
    return ((min(cell.seeds), max(cell.seeds)), RANGE) if len(cell.seeds) == 2 else None


def in_words(cells: Sequence[Cell]) -> str:
    """Return what the bars of some cells are; empty when none has one."""
    looks = [bar[1] for cell in cells if (bar := spread(cell))]
    cut = " (cut at 0 and 100 %)" if any(cell.unit == "percent" for cell in cells) else ""
    names = ((f"95 % t-interval{cut}", INTERVAL), ("range of two seeds", RANGE))
    return " or, dotted, ".join(name for name, look in names if look in looks)
