"""Properties of the bootstrap, and its exact enumeration against a naive one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_tables.statistics import DRAWS, EXACT_UP_TO, bootstrap, common_seeds, mean, paired_difference

pytestmark = pytest.mark.fast

# Multiples of 1/16 add up exactly, so the properties hold without a tolerance.
VALUE = st.integers(0, 1600).map(lambda sixteenths: sixteenths / 16)
SEVERAL = st.lists(VALUE, min_size=2, max_size=6)


@given(SEVERAL)
def test_interval_contains_the_mean_and_stays_within_the_values(values: list[float]) -> None:
    found = bootstrap(values)
    assert found.low is not None and found.high is not None
    assert min(values) <= found.low <= found.mean <= found.high <= max(values)
    assert found.n == len(values)


@given(SEVERAL, st.randoms(use_true_random=False))
def test_order_of_seeds_does_not_matter(values: list[float], random: st.DataObject) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert bootstrap(shuffled) == bootstrap(values)


@given(SEVERAL, st.integers(-1600, 1600).map(lambda sixteenths: sixteenths / 16))
def test_shifting_the_values_shifts_everything(values: list[float], shift: float) -> None:
    found, moved = bootstrap(values), bootstrap([value + shift for value in values])
    expected = (found.mean + shift, found.low + shift, found.high + shift)
    assert (moved.mean, moved.low, moved.high) == pytest.approx(expected, abs=1e-9)


@given(SEVERAL, st.sampled_from([0.25, 2.0, 64.0]))
def test_scaling_the_values_scales_everything(values: list[float], scale: float) -> None:
    found, scaled = bootstrap(values), bootstrap([value * scale for value in values])
    assert (scaled.mean, scaled.low, scaled.high) == (found.mean * scale, found.low * scale, found.high * scale)


BY_SEED = st.dictionaries(st.integers(0, 5), VALUE, min_size=2, max_size=6)


@given(BY_SEED, BY_SEED)
def test_paired_difference_is_antisymmetric(left: dict[int, float], right: dict[int, float]) -> None:
    if not common_seeds(left, right):
        with pytest.raises(ValueError, match="no values"):
            paired_difference(left, right)
        return
    there, back = paired_difference(left, right), paired_difference(right, left)
    assert there.mean == -back.mean
    assert there.n == back.n == len(left.keys() & right.keys())
    if there.n > 1:
        assert (there.low, there.high) == (-back.high, -back.low)


@given(st.lists(VALUE, min_size=2, max_size=4))
def test_exact_enumeration_equals_the_naive_one(values: list[float]) -> None:
    means = sorted(sum(resample) / len(values) for resample in product(values, repeat=len(values)))
    n = len(means)
    low = next(m for m in means if sum(other <= m for other in means) * 40 >= n)
    high = next(m for m in reversed(means) if sum(other >= m for other in means) * 40 >= n)
    found = bootstrap(values)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("values", [(1.0, 2.0), (1.0, 2.0, 10.0)])
def test_two_or_three_seeds_give_their_range(values: tuple[float, ...]) -> None:
    found = bootstrap(values)
    assert (found.low, found.high) == (min(values), max(values))


def test_one_seed_has_no_interval_and_none_is_an_error() -> None:
    assert (bootstrap([3.0]).low, bootstrap([3.0]).high, bootstrap([3.0]).mean) == (None, None, 3.0)
    with pytest.raises(ValueError, match="no values"):
        mean([])


@settings(max_examples=3)
@given(st.lists(VALUE, min_size=EXACT_UP_TO + 1, max_size=EXACT_UP_TO + 1))
def test_drawn_resamples_keep_the_properties(values: list[float]) -> None:
    found, negated = bootstrap(values), bootstrap([-value for value in reversed(values)])
    assert found == bootstrap(values[3:] + values[:3])
    assert (found.low, found.high) == (-negated.high, -negated.low)
    assert found.low <= found.mean <= found.high


def test_drawn_resamples_are_close_to_the_normal_interval() -> None:
    # 0..19: standard error sqrt(33.25 / 20) = 1.289, so about 9.5 +- 1.96 * 1.289.
    found = bootstrap([float(value) for value in range(20)])
    assert DRAWS >= 10_000
    assert (found.low, found.high) == pytest.approx((6.97, 12.03), abs=0.15)
