"""Student's t against scipy, what its intervals cover against what the bootstrap covers, and Holm's step-down."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from paper_tables.statistics import Sample, common_seeds, holm, quantile, sample, tail

pytestmark = pytest.mark.fast

# Multiples of 1/16 add up exactly, so the properties hold without a tolerance.
VALUE = st.integers(0, 1600).map(lambda sixteenths: sixteenths / 16)
SEVERAL = st.lists(VALUE, min_size=3, max_size=6)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=8)


# --- Student's t ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 1000), st.floats(-1e4, 1e4))
def test_tail_is_that_of_scipy(df: int, t: float) -> None:
    assert tail(t, df) == pytest.approx(special.stdtr(df, -t), abs=1e-10)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 10, 99, 100, 999])
@pytest.mark.parametrize("above", [0.4, 0.05, 0.025, 0.001])
def test_quantile_is_that_of_scipy(df: int, above: float) -> None:
    assert quantile(df, above) == pytest.approx(-special.stdtrit(df, above), rel=1e-10)


@pytest.mark.slow  # importing scipy.stats takes seconds
@given(SEVERAL.filter(lambda values: len(set(values)) > 1), st.sampled_from([0.0, 40.0, 99.5]))
def test_interval_and_test_are_those_of_scipy(values: list[float], border: float) -> None:
    from scipy import stats

    reference = stats.ttest_1samp(values, border, alternative="greater")
    assert sample(values).interval == pytest.approx(tuple(stats.ttest_1samp(values, 0).confidence_interval()))
    shifted = sample([value - border for value in values])
    assert shifted.p_positive() == shifted.p_positive(at_least=True) == pytest.approx(reference.pvalue, abs=1e-10)


# Table values of t at 2.5 %, for 6, 7, 10, 20, 30 and 61 seeds.
TWO_SIDED = {5: 2.570582, 6: 2.446912, 9: 2.262157, 19: 2.093024, 29: 2.045230, 60: 2.000298}


@pytest.mark.parametrize("df", TWO_SIDED)
@pytest.mark.parametrize("mean", [0.0, 50.0, -3.5])
def test_more_seeds_have_the_interval_of_their_number(df: int, mean: float) -> None:
    found = Sample(mean, 2.0, df + 1)
    half = TWO_SIDED[df] * 2.0 / (df + 1) ** 0.5
    assert found.interval == pytest.approx((mean - half, mean + half), rel=1e-6)
    assert Sample(half, 2.0, df + 1).p_positive() == pytest.approx(0.025, rel=1e-5)
    assert Sample(-half, 2.0, df + 1).p_positive() == pytest.approx(0.975, rel=1e-5)


# --- coverage -------------------------------------------------------------------------------------------------------


DRAWS = 3000


def covered(intervals: Iterable[tuple[float, float] | None]) -> float:
    """Return the share of intervals around 0."""
    return sum(found is not None and found[0] <= 0 <= found[1] for found in intervals) / DRAWS


def percentile_bootstrap(drawn: np.ndarray) -> np.ndarray:
    """The interval called 95 % that is not: per draw all n^n resamples, 2.5 % of their means cut off at each end.

    Args:
        drawn: `(draws, n)`.

    Returns:
        `(draws, 2)` bounds.
    """
    n = drawn.shape[1]
    chosen = np.array(list(product(range(n), repeat=n)))
    weights = np.stack([(chosen == i).sum(axis=1) for i in range(n)]) / n
    means = np.sort(drawn @ weights, axis=1)
    cut = -(-len(chosen) // 40) - 1
    return means[:, [cut, -1 - cut]]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "bootstrap_covers"), [(3, 0.75), (5, 0.84)])
def test_t_covers_what_it_says_and_the_bootstrap_does_not(n: int, bootstrap_covers: float) -> None:
    drawn = np.random.default_rng(n).standard_normal((DRAWS, n))
    within = {share: 4 * (share * (1 - share) / DRAWS) ** 0.5 for share in (0.95, bootstrap_covers)}
    assert covered(sample(values).interval for values in drawn.tolist()) == pytest.approx(0.95, abs=within[0.95])
    by_bootstrap = covered(map(tuple, percentile_bootstrap(drawn)))
    assert by_bootstrap == pytest.approx(bootstrap_covers, abs=within[bootstrap_covers])


# --- properties -----------------------------------------------------------------------------------------------------


@given(SEVERAL, st.integers(-1600, 1600).map(lambda sixteenths: sixteenths / 16))
def test_adding_a_constant_shifts(values: list[float], shift: float) -> None:
    found, moved = sample(values), sample([value + shift for value in values])
    assert moved.mean == pytest.approx(found.mean + shift)
    assert moved.deviation == pytest.approx(found.deviation)
    if found.interval:
        assert moved.interval == pytest.approx((found.interval[0] + shift, found.interval[1] + shift))


@given(SEVERAL)
def test_negation_mirrors(values: list[float]) -> None:
    found, mirrored = sample(values), sample([-value for value in values])
    assert (mirrored.mean, mirrored.deviation) == (-found.mean, found.deviation)
    if found.interval:
        assert mirrored.interval == (-found.interval[1], -found.interval[0])
    assert mirrored.p_positive(at_least=True) == pytest.approx(1 - found.p_positive(), abs=1e-12)


@given(SEVERAL, st.randoms(use_true_random=False))
def test_order_of_seeds_does_not_matter(values: list[float], stream: random.Random) -> None:
    shuffled = list(values)
    stream.shuffle(shuffled)
    assert sample(shuffled) == sample(values)


@given(SEVERAL)
def test_the_interval_lies_around_the_mean_and_the_test_agrees_with_it(values: list[float]) -> None:
    found = sample(values)
    if found.interval is None:
        assert len(set(values)) == 1
        return
    low, high = found.interval
    assert low < found.mean < high
    assert sample([value - low for value in values]).p_positive() == pytest.approx(0.025)
    assert sample([high - value for value in values]).p_positive() == pytest.approx(0.025)


def test_too_few_seeds_and_equal_seeds_have_no_interval() -> None:
    assert sample([3.0]).interval is None and sample([3.0, 4.0]).interval is None
    assert sample([3.0, 4.0]).p_positive() == 1.0 and sample([3.0, 4.0]).deviation == pytest.approx(0.5**0.5)
    assert sample([0.1] * 3).interval is None and sample([0.1] * 3).mean == 0.1
    assert [sample([value] * 3).p_positive() for value in (1.0, 0.0, -1.0)] == [0, 1, 1]
    assert [sample([value] * 3).p_positive(at_least=True) for value in (1.0, 0.0, -1.0)] == [0, 0, 1]
    with pytest.raises(ValueError, match="no values"):
        sample([])


def test_common_seeds() -> None:
    assert common_seeds({3: 1.0, 0: 1.0, 1: 1.0}, {1: 2.0, 3: 2.0, 4: 2.0}) == [1, 3]


# --- Holm -----------------------------------------------------------------------------------------------------------


@given(P_VALUES, st.floats(0.001, 0.2))
def test_adjusted_p_values_reject_what_the_step_down_rejects(p_values: list[float], level: float) -> None:
    left = sorted(range(len(p_values)), key=lambda i: p_values[i])
    rejected = set()
    while left and p_values[left[0]] * len(left) <= level:
        rejected.add(left.pop(0))
    assert {i for i, p in enumerate(holm(p_values)) if p <= level} == rejected


@given(P_VALUES, st.floats(0, 1))
def test_another_test_never_makes_one_stronger(p_values: list[float], another: float) -> None:
    assert all(more >= before for before, more in zip(holm(p_values), holm([*p_values, another]), strict=False))


@given(P_VALUES)
def test_holm_lies_between_no_correction_and_bonferroni(p_values: list[float]) -> None:
    for p, adjusted in zip(p_values, holm(p_values), strict=True):
        assert p <= adjusted <= min(1.0, len(p_values) * p)


def test_none_falls_below_a_smaller_one() -> None:
    # 3 * 0.01, then 2 * 0.012 and 1 * 0.02, which are less.
    assert holm([0.02, 0.01, 0.012]) == pytest.approx([0.03] * 3)
