"""An effect: what one cell has more than another, or how many times as much, over the seeds that both have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum, sqrt

from paper_tables.statistics import DECIDING, Sample, common_seeds, quantile, sample

DECIMALS = 6
"""Effects are compared and reported to six decimals: the CSV carries four, the rest is binary-fraction dust."""


@dataclass(frozen=True)
class Effect:
    """Two cells, seed by seed.

    A ratio is that of the two means. It is tested in its linear form: `left / right > c` wherever `left - c * right` is
    above 0 on the average. Unlike a mean of ratios, or their logarithms, this stands a net that has collapsed to 0 in
    one seed; it takes `right` to be positive on the average, as every metric here is.

    Attributes:
        left, right: one value per common seed, in the same order; at least one.
        ratio: whether the effect is left / right instead of left - right.
    """

    left: tuple[float, ...]
    right: tuple[float, ...]
    ratio: bool

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.left)

    @property
    def exists(self) -> bool:
        """False for a ratio over nothing but zeros."""
        return not self.ratio or any(self.right)

    @property
    def value(self) -> float:
        """The mean difference, or the ratio of the means."""
        if not self.ratio:
            return tidy(self.beyond(0.0).mean)
        return tidy(sample(self.left).mean / sample(self.right).mean)

    def beyond(self, bound: float) -> Sample:
        """Return a sample whose mean is positive exactly when the effect is above `bound`."""
        weight, offset = (bound, 0.0) if self.ratio else (1.0, bound)
        return sample([tidy(a - weight * b - offset) for a, b in zip(self.left, self.right, strict=True)])

    @property
    def by_seed(self) -> tuple[float, ...]:
        """The effect in each seed; of a ratio, only in those where it exists."""
        pairs = zip(self.left, self.right, strict=True)
        return tuple(tidy(a / b if self.ratio else a - b) for a, b in pairs if b or not self.ratio)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % t-interval: the bounds that a two-sided test at 5 % of the linear form does not exclude.

        For a ratio this is Fieller's interval. None for fewer than three seeds, where all seeds agree, and for a ratio
        whose denominator the seeds do not tell from 0.
        """
        found = self._fieller() if self.ratio else self.beyond(0.0).interval
        ends = found and (tidy(found[0]), tidy(found[1]))
        return ends if ends and ends[0] < ends[1] else None

    def _fieller(self) -> tuple[float, float] | None:
        """Solve (mean(left) - c mean(right))^2 = t^2 var(mean(left - c right)), a quadratic equation, for c."""
        if self.n < DECIDING:
            return None
        left, right = sample(self.left), sample(self.right)
        crossed = fsum((a - left.mean) * (b - right.mean) for a, b in zip(self.left, self.right, strict=True))
        scale = quantile(self.n - 1) ** 2 / self.n
        a = right.mean**2 - scale * right.deviation**2
        b = left.mean * right.mean - scale * crossed / (self.n - 1)
        c = left.mean**2 - scale * left.deviation**2
        if a <= 0:
            return None
        root = sqrt(max(0.0, b * b - a * c))
        return (b - root) / a, (b + root) / a


def effect(left: Mapping[int, float], right: Mapping[int, float], ratio: bool) -> Effect | None:
    """Return the effect between two cells (seed -> value in one unit); None when they have no seed in common."""
    seeds = common_seeds(left, right)
    return Effect(tuple(left[s] for s in seeds), tuple(right[s] for s in seeds), ratio) if seeds else None


def tidy(number: float) -> float:
    """Round to `DECIMALS`, and -0.0 to 0.0."""
    return round(number, DECIMALS) + 0.0
