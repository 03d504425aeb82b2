"""What a training on own data may take is decided before it takes it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from supertickets.data.own_layouts import LAYOUTS, TaskName
from supertickets.own.errors import DrawError
from supertickets.own.kinds import kind
from supertickets.own.learning_rate import Tried
from supertickets.own.plan import LEAST_STEPS, Plan, planned

pytestmark = pytest.mark.fast


def test_minutes_that_are_far_too_few_are_refused_before_rates_are_tried() -> None:
    asked: list[int] = []

    def try_rate(rate: float, steps: int) -> Tried:
        asked.append(steps)
        return Tried(rate, 1.0, 6.0)

    def plan(seconds: float) -> None:
        planned(51, (0.01, 0.02), try_rate, seconds, lambda: 0.0, passes=1e6)

    with pytest.raises(DrawError, match=r"^3 minutes are left and 12 are needed on this machine: grant more minutes"):
        plan(180.0)
    assert set(asked) == {LEAST_STEPS}, "only to see how long a step takes"
    with pytest.raises(DrawError, match=r"^9 minutes are left and 1[45] are needed"):
        plan(540.0)
    assert set(asked) != {LEAST_STEPS}, "what is nearly enough is tried"


def test_steps_and_rate_that_are_given_are_taken_untried_on_one_thread() -> None:
    def never(*_: float) -> Tried:
        raise AssertionError("nothing is left to choose")

    plan = planned(51, (0.01,), never, 60.0, lambda: never().loss, 1e6, steps=3, rate=0.5, threads_to_try=(2, 4))
    assert plan == Plan(3, 0.5, 51, threads=1)


@pytest.mark.parametrize("task", LAYOUTS)
def test_rates_that_are_tried_rise_in_small_steps(task: TaskName) -> None:
    """By 4 times at most: then the best of all rates is not far from one that is tried."""
    rates = kind(task).rates
    assert rates[0] > 0 and rates[-1] <= 0.05
    assert all(low < high <= 4 * low for low, high in pairwise(rates))
    assert kind(task).optimization.lr in rates
