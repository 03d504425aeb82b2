"""Effects and the verdicts on them: where intervals and tests agree, what a family does, what is left open."""

from __future__ import annotations

import random
from dataclasses import replace
from math import inf, isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_tables.claims.decide import decide, trial
from paper_tables.claims.effect import Effect, effect
from paper_tables.claims.predicates import Region
from paper_tables.claims.verdict import Verdict
from paper_tables.statistics import LEVEL

pytestmark = pytest.mark.fast

VALUES = st.lists(st.integers(0, 400).map(lambda quarters: quarters / 4), min_size=3, max_size=6)
PAIRS = VALUES.flatmap(
    lambda left: st.tuples(st.just(tuple(left)), st.lists(st.integers(1, 400), min_size=len(left), max_size=len(left)))
)
BOUND = st.integers(-200, 200).map(lambda quarters: quarters / 4)
REGIONS = st.one_of(
    st.builds(Region, low=BOUND, open_low=st.booleans()),
    st.builds(lambda high: Region(high=high), BOUND),
    st.builds(lambda low, width: Region(low, low + width), BOUND, st.floats(0.25, 30)),
)
EFFECTS = PAIRS.map(lambda pair: Effect(pair[0], tuple(value / 4 for value in pair[1]), ratio=False))
FAMILIES = st.lists(st.tuples(EFFECTS, REGIONS), min_size=1, max_size=5)


def shifted(seen: Effect, by: float) -> Effect:
    return replace(seen, left=tuple(value + by for value in seen.left))


# --- effects --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@given(PAIRS)
def test_a_ratio_s_interval_is_what_its_test_does_not_exclude(pair: tuple[tuple[float, ...], list[int]]) -> None:
    seen = Effect(pair[0], tuple(map(float, pair[1])), ratio=True)
    if seen.interval is None:
        return
    low, high = seen.interval
    assert low <= seen.value <= high
    for end, sign in ((low, 1), (high, -1)):
        beyond = seen.beyond(end)
        if beyond.deviation > 1e-3:  # else the six decimals of the end itself are too coarse
            assert replace(beyond, mean=sign * beyond.mean).p_positive() == pytest.approx(0.025, abs=1e-3)


def test_fieller_covers_the_ratio() -> None:
    # Means 30 and 20, independent spreads of 4: quotients of two noisy numbers.
    stream = np.random.default_rng(0)
    drawn = zip(stream.normal(30, 4, (2000, 5)).tolist(), stream.normal(20, 4, (2000, 5)).tolist(), strict=True)
    bounds = [Effect(tuple(left), tuple(right), ratio=True).interval for left, right in drawn]
    bounded = [found for found in bounds if found]
    assert len(bounded) > 1950
    share = sum(low <= 1.5 <= high for low, high in bounded) / len(bounded)
    assert share == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 2000) ** 0.5)


def test_ratios_of_seeds_that_agree_collapse_or_vanish() -> None:
    assert Effect((60.0, 61.2, 62.4), (50.0, 51.0, 52.0), ratio=True).interval is None
    noisy = Effect((1.0, 2.0, 3.0), (0.0, 9.0, 0.0), ratio=True)
    assert noisy.interval is None and noisy.value == 0.666667 and noisy.by_seed == (0.222222,)
    assert not Effect((1.0,), (0.0,), ratio=True).exists and Effect((1.0,), (0.0,), ratio=False).exists
    assert effect({0: 1.0}, {1: 1.0}, ratio=False) is None


# --- one comparison -------------------------------------------------------------------------------------------------


@given(EFFECTS, REGIONS)
def test_alone_a_verdict_is_the_place_of_the_interval(seen: Effect, region: Region) -> None:
    if seen.interval is None:
        return
    [decision] = decide([trial(seen, region)])
    low, high = seen.interval
    inside = region.low < low and high < region.high
    assert (decision.verdict is Verdict.REPRODUCED) == inside
    outside = high < region.low or low > region.high
    if isfinite(region.low) and isfinite(region.high):
        assert outside or decision.verdict is not Verdict.CONTRADICTED
    else:
        assert outside == (decision.verdict is Verdict.CONTRADICTED)


@given(EFFECTS, REGIONS, BOUND)
def test_shifting_effect_and_region_changes_nothing(seen: Effect, region: Region, by: float) -> None:
    moved = replace(region, low=region.low + by, high=region.high + by)
    [before], [after] = decide([trial(seen, region)]), decide([trial(shifted(seen, by), moved)])
    assert after.verdict is before.verdict and after.p == pytest.approx(before.p)


@given(EFFECTS, BOUND)
def test_negation_swaps_the_ends(seen: Effect, bound: float) -> None:
    turned = Effect(seen.right, seen.left, ratio=False)
    [up], [down] = decide([trial(seen, Region(low=bound))]), decide([trial(turned, Region(high=-bound))])
    assert (up.verdict, up.p, up.seeds_needed) == (down.verdict, down.p, down.seeds_needed)


@given(EFFECTS, REGIONS, st.randoms(use_true_random=False))
def test_order_of_seeds_does_not_matter(seen: Effect, region: Region, stream: random.Random) -> None:
    pairs = list(zip(seen.left, seen.right, strict=True))
    stream.shuffle(pairs)
    left, right = zip(*pairs, strict=True)
    assert decide([trial(Effect(left, right, ratio=False), region)]) == decide([trial(seen, region)])


# --- a family -------------------------------------------------------------------------------------------------------

STRENGTH = {Verdict.REPRODUCED: 1, Verdict.INCONCLUSIVE: 0, Verdict.CONTRADICTED: 1}


@given(FAMILIES, st.tuples(EFFECTS, REGIONS))
def test_another_comparison_never_makes_a_verdict_stronger(
    family: list[tuple[Effect, Region]], another: tuple[Effect, Region]
) -> None:
    trials = [trial(*one) for one in family]
    for alone, beside in zip(decide(trials), decide([*trials, trial(*another)]), strict=False):
        assert beside.p >= alone.p and STRENGTH[beside.verdict] <= STRENGTH[alone.verdict]
        assert beside.verdict in {alone.verdict, Verdict.INCONCLUSIVE}


@pytest.mark.slow
def test_a_family_errs_in_at_most_five_percent_of_all_repetitions() -> None:
    # Two effects at the border of what is claimed, where every verdict is wrong one way or the other half of the time.
    stream = np.random.default_rng(0)
    region = Region(low=0.0)
    wrong = 0
    for left in stream.normal(0, 1, (1000, 2, 3)).tolist():
        family = [trial(Effect(tuple(values), (0.0,) * 3, ratio=False), region) for values in left]
        wrong += any(decision.verdict is not Verdict.INCONCLUSIVE for decision in decide(family))
    assert wrong / 1000 == pytest.approx(LEVEL, abs=4 * (0.05 * 0.95 / 1000) ** 0.5)


# --- how many seeds would decide ------------------------------------------------------------------------------------


def with_seeds(seen: Effect, n: int) -> Effect:
    """Return `n` differences with the mean and the standard deviation of those seen."""
    drawn = np.random.default_rng(n).normal(size=n)
    gap = seen.beyond(0.0)
    values = gap.mean + gap.deviation * (drawn - drawn.mean()) / drawn.std(ddof=1)
    return Effect(tuple(values.tolist()), (0.0,) * n, ratio=False)


@given(FAMILIES)
def test_so_many_seeds_decide_and_one_less_does_not(family: list[tuple[Effect, Region]]) -> None:
    trials = [trial(*one) for one in family]
    for i, (decision, (seen, region)) in enumerate(zip(decide(trials), family, strict=True)):
        assert (decision.seeds_needed is None) == (decision.verdict is not Verdict.INCONCLUSIVE)
        if decision.seeds_needed is None:
            continue
        tried = 1000 if decision.seeds_needed == inf else int(decision.seeds_needed)
        assert tried > seen.n

        def verdict(n: int, i: int = i, seen: Effect = seen, region: Region = region) -> Verdict:
            return decide([*trials[:i], trial(with_seeds(seen, n), region), *trials[i + 1 :]])[i].verdict

        assert (verdict(tried) is Verdict.INCONCLUSIVE) == (decision.seeds_needed == inf)
        assert verdict(tried - 1) is Verdict.INCONCLUSIVE


def test_two_seeds_say_how_many_more_one_and_equal_ones_do_not() -> None:
    def needed(*left: float) -> float | None:
        [decision] = decide([trial(Effect(left, (0.0,) * len(left), ratio=False), Region(low=0.0))])
        assert decision.verdict is Verdict.INCONCLUSIVE and decision.p == 1
        return decision.seeds_needed

    assert needed(1.0) is None and needed(1.0, 1.0) is None
    assert needed(1.0, 1.1) == 3 and needed(1.0, 3.0) == 5 and needed(1.0, -1.0) == inf
