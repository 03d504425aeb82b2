"""Numbers on command lines: every one has bounds, and what lies outside is refused before anything is done."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass

from supertickets.wording import shortened

_PREFIXES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9}

LARGEST_SIDE = 8192
"""Pixels; four times the paper's largest image, and a feature map of it still fits into memory."""


@dataclass(frozen=True)
class WholeNumber:
    """`type` of an option that takes a whole number.

    Attributes:
        low, high: the smallest and the largest that makes sense.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """

    low: int
    high: int

    def __call__(self, text: str) -> int:
        # longer ones are out of every range, and take long to convert
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or not self.low <= (number := int(text)) <= self.high:
            raise argparse.ArgumentTypeError(f"{shortened(text)!r}: give a whole number, {self.low} to {self.high}")
        return number


@dataclass(frozen=True)
class PositiveNumber:
    """`type` of an option that takes a number above 0, with or without decimals.

    Attributes:
        high: the largest that makes sense.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """

    high: float

    def __call__(self, text: str) -> float:
        try:
            number = float(text) if text.isascii() and "_" not in text else 0.0
        except ValueError:
            number = 0.0
        if not 0 < number <= self.high:
            raise argparse.ArgumentTypeError(f"{shortened(text)!r}: give a number above 0, at most {self.high:g}")
        return number


def image_size(text: str) -> tuple[int, int]:
    """`512x1024` -> (height, width) in pixels.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", text)
    if found is None or max(size := (int(found[1]), int(found[2]))) > LARGEST_SIDE:
        raise argparse.ArgumentTypeError(
            f"{shortened(text)!r} is no image size: give height x width in pixels, as in 512x1024, "
            f"at most {LARGEST_SIDE} each"
        )
    return size


@dataclass(frozen=True)
class Amount:
    """`type` of an option that takes an amount as people write it: `300M`, `1.5G`, `500kB`.

    Attributes:
        unit: what may follow.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """

    unit: str = ""

    def __call__(self, text: str) -> int:
        found = re.fullmatch(rf"([0-9]{{1,12}}(?:\.[0-9]{{1,9}})?)([kKMG]?)(?:{self.unit})?", text)
        number = round(float(found[1]) * _PREFIXES[found[2]]) if found else 0
        if number < 1:
            raise argparse.ArgumentTypeError(
                f"{shortened(text)!r}: give an amount such as 300M{self.unit} or 500k{self.unit}"
            )
        return number


def usable_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


MOST_THREADS = max(64, usable_cores())
"""More only wait for each other, and far more end the process."""
