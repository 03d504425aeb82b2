"""From seeds to verdicts: where an effect lies, tested for all comparisons of a claim together.

Two families of one-sided t-tests are run, each with Holm's correction over the comparisons: one rejects that an effect
lies outside the claimed region (reproduced), one that it lies inside (contradicted). Each family errs in at most 2.5 %
of all repetitions, so the chance that any comparison of a claim gets a wrong verdict is at most 5 %, whatever they
have in common. The p-values given are doubled, to be held against 5 %. For a single comparison all of this comes down
to its 95 % t-interval: reproduced when it lies wholly inside the region, contradicted when wholly on one side of it
(of a region with two ends, twice as far: an effect inside could be mistaken at both).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

from paper_tables.claims.effect import Effect
from paper_tables.claims.predicates import Region
from paper_tables.claims.verdict import SEEDS_SEARCHED, Verdict
from paper_tables.statistics import DECIDING, LEVEL, Sample, holm


@dataclass(frozen=True)
class Trial:
    """The two hypotheses about one effect.

    Attributes:
        ends: per finite end of the region how far inside of it the effect lies, and whether the end itself is inside.
    """

    ends: tuple[tuple[Sample, bool], ...]

    @property
    def p_inside(self) -> float:
        """Small when the effect lies inside the region: the larger p-value of its ends."""
        return max(gap.p_positive(closed) for gap, closed in self.ends)

    @property
    def p_outside(self) -> float:
        """Small when the effect lies outside: the smaller p-value of its ends, times their number."""
        beyond = [replace(gap, mean=-gap.mean).p_positive(not closed) for gap, closed in self.ends]
        return min(1.0, len(beyond) * min(beyond))

    def with_seeds(self, n: int) -> Trial:
        """Return the same means and spreads, seen in `n` seeds."""
        return Trial(tuple((replace(gap, n=n), closed) for gap, closed in self.ends))


@dataclass(frozen=True)
class Decision:
    """What came of a comparison in its family.

    Attributes:
        verdict: reproduced, contradicted or inconclusive.
        p: the smaller of its two doubled and adjusted p-values; up to 0.05 decides.
        seeds_needed: how many seeds would decide an inconclusive one at its mean and spread, the others staying as they
            are; infinite for more than `SEEDS_SEARCHED`; None when decided, and where no spread was seen: with one
            seed, or two equal ones.
    """

    verdict: Verdict
    p: float
    seeds_needed: float | None


def trial(effect: Effect, region: Region) -> Trial:
    """Return the tests of whether an effect lies in a region, which has at least one finite end."""
    ends = []
    if isfinite(region.low):
        ends.append((effect.beyond(region.low), not region.open_low))
    if isfinite(region.high):
        above = effect.beyond(region.high)
        ends.append((replace(above, mean=-above.mean), True))
    return Trial(tuple(ends))


def decide(trials: Sequence[Trial]) -> list[Decision]:
    """Decide a family of comparisons.

    One with too few seeds counts, with a p-value of 1: what it takes to decide the others must not rise with its seeds.
    """
    inside, outside = (
        holm([2 * p for p in p_values])
        for p_values in ([one.p_inside for one in trials], [one.p_outside for one in trials])
    )
    open_inside, open_outside = (sum(p > LEVEL for p in adjusted) for adjusted in (inside, outside))
    decisions = []
    for one, p_inside, p_outside in zip(trials, inside, outside, strict=True):
        seeds = None
        if p_inside <= LEVEL:
            verdict = Verdict.REPRODUCED
        elif p_outside <= LEVEL:
            verdict = Verdict.CONTRADICTED
        else:
            verdict, seeds = Verdict.INCONCLUSIVE, _seeds_needed(one, 2 * open_inside, 2 * open_outside)
        decisions.append(Decision(verdict, min(p_inside, p_outside), seeds))
    return decisions


def _seeds_needed(one: Trial, for_inside: int, for_outside: int) -> float | None:
    """Search the seeds with which a trial would be the next that Holm rejects; the factors are those of that step."""
    if not any(gap.deviation for gap, _ in one.ends):
        return None

    def decided(n: int) -> bool:
        more = one.with_seeds(n)
        return min(for_inside * more.p_inside, for_outside * more.p_outside) <= LEVEL

    counts = range(DECIDING, SEEDS_SEARCHED + 1)
    found = bisect_left(counts, True, key=decided)
    return counts[found] if found < len(counts) else inf
