"""Arithmetic with printed numbers: what a rounded number may have been, carried through a calculation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from supertickets.documents.cells import decimal


@dataclass(frozen=True)
class Rounded:
    """A number as computed from printed digits, and the range it may lie in because those digits were rounded.

    Attributes:
        value: the number that the digits give.
        low, high: the smallest and largest one that unrounded numbers could have given.
    """

    value: Fraction
    low: Fraction
    high: Fraction

    def __add__(self, other: Rounded) -> Rounded:
        return Rounded(self.value + other.value, self.low + other.low, self.high + other.high)

    def __sub__(self, other: Rounded) -> Rounded:
        return Rounded(self.value - other.value, self.low - other.high, self.high - other.low)

    def __mul__(self, other: Rounded) -> Rounded:
        ends = [mine * its for mine in (self.low, self.high) for its in (other.low, other.high)]
        return Rounded(self.value * other.value, min(ends), max(ends))

    def __truediv__(self, other: Rounded) -> Rounded:
        if other.low <= 0 <= other.high:
            raise ZeroDivisionError("the divisor may be 0")
        return self * Rounded(1 / other.value, 1 / other.high, 1 / other.low)

    def overlaps(self, other: Rounded) -> bool:
        """Whether some number is possible for both."""
        return self.low <= other.high and other.low <= self.high

    def text(self, decimals: int) -> str:
        """Return the value with so many decimals, halves rounded away from zero as people do."""
        exact = Decimal(self.value.numerator) / Decimal(self.value.denominator)
        return str(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def printed(text: str) -> Rounded:
    """Return what a printed number stands for: itself, give or take half a unit of its last digit.

    Raises:
        ValueError: for a text that is no decimal number.
    """
    value = Fraction(decimal(text))
    half = Fraction(1, 2 * 10 ** decimals(text))
    return Rounded(value, value - half, value + half)


def exact(number: str) -> Rounded:
    """Return a number that nobody rounded, such as the 100 of a percentage."""
    value = Fraction(number)
    return Rounded(value, value, value)


def decimals(text: str) -> int:
    """Return how many decimals a number is printed with."""
    return len(text.partition(".")[2])
