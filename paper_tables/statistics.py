"""What few seeds can say: means with Student-t intervals, one-sided tests, and Holm's correction for many of them.

The runs of different seeds are taken as independent draws from a normal distribution of unknown spread. Then the
t-interval covers the true mean in 95 % of all repetitions at any n, where the percentile bootstrap, which cannot look
beyond the values it was given, covers it in 50 % at n = 2, 75 % at n = 3 and 84 % at n = 5
(`tests/claims/test_statistics.py` simulates it). One seed has no spread; that of two is so uncertain (t = 12.7) that
nothing is decided on it and only the range is shown.

Seeds that all have the same value, as collapsed nets have, do not follow this model: their spread is not zero but
unseen. They get no interval, and a test on them is decided by the value itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import atan2, cos, fsum, pi, sin, sqrt

LEVEL = 0.05
"""What an interval misses, half on each side, and the chance of any wrong decision in a family of tests."""

DECIDING = 3
"""The fewest seeds that an interval is given for, or anything is decided on."""


@dataclass(frozen=True)
class Sample:
    """One value per seed, in short.

    Attributes:
        mean: arithmetic mean.
        deviation: standard deviation with n - 1 in the denominator; 0 only when all values are equal, also at n = 1.
        n: number of seeds.
    """

    mean: float
    deviation: float
    n: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """The mean's 95 % t-interval; None for fewer than three seeds and for seeds that are all equal.

        It does not know that a metric has bounds and may reach beyond them.
        """
        if self.n < DECIDING or self.deviation == 0:
            return None
        half = quantile(self.n - 1) * self.deviation / sqrt(self.n)
        return self.mean - half, self.mean + half

    def p_positive(self, at_least: bool = False) -> float:
        """The p-value of the t-test for a true mean above 0: small when the seeds say that it is.

        Equal seeds speak for themselves: 0 when their value is above 0 and 1 otherwise. Only for them does it matter
        whether 0 itself will do.

        Args:
            at_least: whether a mean of 0 is as good as one above.
        """
        if self.n < DECIDING:
            return 1.0
        if self.deviation == 0:
            return 0.0 if self.mean > 0 or (at_least and self.mean == 0) else 1.0
        return tail(self.mean * sqrt(self.n) / self.deviation, self.n - 1)


def sample(values: Sequence[float]) -> Sample:
    """Return mean and spread of `values`, one per seed; sums are exact, so their order does not matter.

    Raises:
        ValueError: without values.
    """
    if not values:
        raise ValueError("the mean of no values does not exist")
    if min(values) == max(values):
        return Sample(values[0], 0.0, len(values))
    mean = fsum(values) / len(values)
    return Sample(mean, sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1)), len(values))


def common_seeds(left: Mapping[int, float], right: Mapping[int, float]) -> list[int]:
    """Return the seeds present on both sides, ascending."""
    return sorted(left.keys() & right.keys())


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values in the given order: those up to a level a may be rejected together at a.

    The smallest is multiplied by the number of tests, the next by one less, and so on; none falls below a smaller one.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted


def tail(t: float, df: int) -> float:
    """Return the probability that Student's t with `df` >= 1 degrees of freedom exceeds `t`, to about 1e-15.

    For whole degrees of freedom the distribution is a finite sum of powers of cos(atan(t / sqrt(df))) (Abramowitz and
    Stegun, 26.7.3 and 26.7.4).
    """
    angle = atan2(t, sqrt(df))
    square = cos(angle) ** 2
    term = sin(angle) * (cos(angle) if df % 2 else 1.0) if df > 1 else 0.0
    terms = [term]
    for k in range(3 if df % 2 else 2, df - 1, 2):
        term *= square * (k - 1) / k
        terms.append(term)
    within = 2 / pi * (angle + fsum(terms)) if df % 2 else fsum(terms)
    return min(1.0, max(0.0, (1 - within) / 2))


@cache
def quantile(df: int, above: float = LEVEL / 2) -> float:
    """Return the t that Student's t exceeds with probability `above`, which lies between 0 and a half."""
    low, high = 0.0, 1.0
    while tail(high, df) > above:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if tail(middle, df) > above else (low, middle)
    return middle
