"""What a training on own data may take is decided before it takes it."""

from __future__ import annotations

import pytest

from supertickets.own.errors import DrawError
from supertickets.own.learning_rate import Tried
from supertickets.own.plan import LEAST_STEPS, planned

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
