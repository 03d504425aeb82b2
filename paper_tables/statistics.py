"""Means over seeds and bootstrap intervals around them, free of Monte-Carlo noise for the few seeds one can afford.

A percentile interval over n seeds cannot see beyond the n values it was given. At n = 2 and n = 3 a resample consists
of the smallest value alone with probability 1/4 and 1/27, both above the 2.5 % tail, so the 95 % interval *is* the
range from the smallest to the largest seed, and it covers the true mean less often than 95 %. Read an interval at
n = 3 as "all three seeds lie in here", and n is printed beside it everywhere.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from math import factorial, fsum, prod

TAILS = 40
"""Each tail holds 1/40 = 2.5 % of the resamples: a 95 % interval."""

EXACT_UP_TO = 8
"""Up to this many seeds all n^n resamples are enumerated, as C(2n-1, n) weighted multisets (6435 at n = 8)."""

DRAWS = 10_000
"""Resamples drawn beyond `EXACT_UP_TO`; each is used with its mirror image."""


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` seeds with its 95 % interval; `low` and `high` are None when n = 1 leaves no interval."""

    mean: float
    low: float | None
    high: float | None
    n: int


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean, correctly rounded before the division, hence independent of the order.

    Raises:
        ValueError: without values.
    """
    if not values:
        raise ValueError("the mean of no values does not exist")
    return fsum(values) / len(values)


def bootstrap(values: Sequence[float]) -> Estimate:
    """Return the mean of `values` (one per seed) with its 95 % percentile-bootstrap interval.

    The bounds are the smallest resampled mean with at least 2.5 % of all resamples at or below it, and the largest
    with at least 2.5 % at or above it; the two rules mirror each other, so negating the values negates the interval.

    Raises:
        ValueError: without values.
    """
    centre = mean(values)
    n = len(values)
    if n == 1:
        return Estimate(centre, None, None, 1)
    ordered = sorted(values)
    weights: Counter[float] = Counter()
    for indices, weight in _resamples(n):
        weights[mean([ordered[i] for i in indices])] += weight
    distribution = sorted(weights.items())
    total = sum(weights.values())
    return Estimate(centre, _tail(distribution, total), _tail(distribution[::-1], total), n)


def paired_difference(left: Mapping[int, float], right: Mapping[int, float]) -> Estimate:
    """Return `left - right` averaged over the seeds that both have, with its bootstrap interval over these seeds.

    Args:
        left: seed -> value.
        right: seed -> value, in the same unit.

    Raises:
        ValueError: when no seed is in common.
    """
    return bootstrap([left[seed] - right[seed] for seed in common_seeds(left, right)])


def common_seeds(left: Mapping[int, float], right: Mapping[int, float]) -> list[int]:
    """Return the seeds present on both sides, ascending."""
    return sorted(left.keys() & right.keys())


def _tail(distribution: Sequence[tuple[float, int]], total: int) -> float:
    """Return the first value of a weighted distribution at which the accumulated weight reaches 1/TAILS of `total`."""
    reached = 0
    for value, weight in distribution:
        reached += weight
        if reached * TAILS >= total:
            return value
    raise AssertionError("the weights add up to the total")


@cache
def _resamples(n: int) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return resamples of `n` positions with integer weights: all of them when few, else seeded mirrored draws."""
    if n <= EXACT_UP_TO:
        orders = factorial(n)
        return tuple(
            (indices, orders // prod(factorial(count) for count in Counter(indices).values()))
            for indices in combinations_with_replacement(range(n), n)
        )
    # `random.random` is the one generator whose stream Python promises to keep between versions.
    stream = random.Random(n)
    drawn = [tuple(int(stream.random() * n) for _ in range(n)) for _ in range(DRAWS)]
    mirrored = [tuple(n - 1 - i for i in indices) for indices in drawn]
    return tuple((indices, 1) for indices in drawn + mirrored)
