"""The schedules of sparsity and of the importance penalty, over all epochs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supertickets.schedule import ramp, target_sparsity
from tests.strategies import percentages

pytestmark = pytest.mark.fast


@given(st.integers(1, 60), percentages(), st.booleans())
def test_sparsity_is_a_whole_number_that_rises_within_bounds_and_only_at_pruning_epochs(
    interval: int, target: int, progressive: bool
) -> None:
    steps = [target_sparsity(epoch, interval, target, progressive) for epoch in range(12 * interval)]
    assert all(type(step) is int and 0 <= step <= target for step in steps)
    for epoch in range(1, len(steps)):
        risen = steps[epoch] - steps[epoch - 1]
        assert 0 <= risen <= 10 and (risen == 0 or epoch % interval == 0)


@given(st.integers(1, 60), percentages())
def test_progressive_pruning_adds_ten_points_per_interval_and_reaches_the_target_exactly(
    interval: int, target: int
) -> None:
    at_pruning = [target_sparsity(number * interval, interval, target, True) for number in range(1, 12)]
    full_steps = target // 10
    assert at_pruning[:full_steps] == [10 * number for number in range(1, full_steps + 1)]
    assert set(at_pruning[full_steps:]) == {target}


@given(st.integers(1, 500), st.integers(1, 60), percentages())
def test_without_progressive_pruning_the_target_is_reached_at_once(epoch: int, interval: int, target: int) -> None:
    assert target_sparsity(epoch, interval, target, False) == target


def test_the_papers_schedules() -> None:
    cityscapes = {t: target_sparsity(t, 25, 90, True) for t in (25, 50, 200, 224, 225, 250, 430)}
    assert cityscapes == {25: 10, 50: 20, 200: 80, 224: 80, 225: 90, 250: 90, 430: 90}
    coco = {t: target_sparsity(t, 15, 98, True) for t in (15, 30, 135, 150, 210)}
    assert coco == {15: 10, 30: 20, 135: 90, 150: 98, 210: 98}


@given(st.floats(0, 100), st.floats(0, 30), st.floats(0, 1))
def test_rho_rises_linearly_and_stays(epoch: float, warmup: float, full: float) -> None:
    if epoch >= warmup:
        assert ramp(epoch, warmup, full) == full
    else:
        assert ramp(epoch, warmup, full) * warmup == pytest.approx(full * epoch)
