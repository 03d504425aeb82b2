"""What a cell of a CSV may hold: each kind turns text into a value, or says in a `ValueError` what is wrong with it.

Numbers are as our writers print them: ASCII digits, no spaces, no underscores, nothing infinite.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from math import inf
from typing import Any

Kind = Callable[[str], Any]

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?(e[-+]?[0-9]{1,3})?")


def text(cell: str) -> str:
    """Any text of one line that shows something."""
    if not cell.strip():
        raise ValueError("blank")
    if not cell.isprintable():
        raise ValueError(f"{cell!r} holds characters that cannot be shown")
    return cell


def whole(low: int = 0, high: int = 10**15) -> Kind:
    """Whole numbers from `low` to `high`."""

    def kind(cell: str) -> int:
        if not _WHOLE.fullmatch(cell) or not low <= int(cell) <= high:
            raise ValueError(f"{cell!r} is no whole number from {low} to {high}")
        return int(cell)

    return kind


def number(low: float = -inf, high: float = inf) -> Kind:
    """Finite decimal numbers from `low` to `high`."""

    def kind(cell: str) -> float:
        if not _NUMBER.fullmatch(cell) or not -inf < float(cell) < inf:
            raise ValueError(f"{cell!r} is no number")
        if not low <= float(cell) <= high:
            raise ValueError(f"{cell} is not between {low:g} and {high:g}")
        return float(cell)

    return kind


def one_of(names: Collection[str]) -> Kind:
    """One of some words."""

    def kind(cell: str) -> str:
        if cell not in names:
            raise ValueError(f"{cell!r} is none of {', '.join(names)}")
        return cell

    return kind


def unless(words: Collection[str], kind: Kind) -> Kind:
    """A kind, or one of the words that stand for there being none; these give None."""

    def found(cell: str) -> Any:
        return None if cell in words else kind(cell)

    return found


def series(kind: Kind) -> Kind:
    """One or more of a kind, separated by semicolons: a tuple."""

    def found(cell: str) -> tuple[Any, ...]:
        return tuple(kind(part) for part in cell.split(";"))

    return found


def matching(pattern: str, what: str) -> Kind:
    """Text of a form; `what` names it in the complaint."""
    form = re.compile(pattern)

    def kind(cell: str) -> str:
        if not form.fullmatch(cell):
            raise ValueError(f"{cell!r} is no {what}")
        return text(cell)

    return kind


decimal = matching(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", "decimal number")
"""A number as it is printed, left as text: its digits count."""
