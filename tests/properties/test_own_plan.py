"""What a training on own data may take is decided before it takes it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from supertickets.data.own_layouts import LAYOUTS, TaskName
from supertickets.own.errors import DrawError
from supertickets.own.kinds import kind
from supertickets.own.learning_rate import Tried
from supertickets.own.plan import LEAST_STEPS, Plan, algorithm, planned

pytestmark = pytest.mark.fast


def test_minutes_that_are_far_too_few_are_refused_before_rates_are_tried() -> None:
    asked: list[int] = []

    def try_rate(rate: float, steps: int) -> Tried:
        asked.append(steps)
        return Tried(rate, 1.0, 6.0)

    def plan(granted: float) -> Plan:
        asked.clear()
        return planned(
            51, (0.01, 0.02), try_rate, granted, lambda: granted - 60 - 6 * sum(asked), lambda: 30.0, 1e6,
            threads_to_try=(1,),
        )  # fmt: skip

    def refused(granted: float) -> float:
        with pytest.raises(DrawError, match=r" minutes are too few on this machine: grant at least .*, or give fewer "):
            plan(granted)
        with pytest.raises(DrawError) as told:
            plan(granted)
        words = str(told.value).split()
        assert float(words[0]) == pytest.approx(granted / 60)
        return float(words[words.index("least") + 1].rstrip(","))

    for granted in (6.0, 180.0):
        enough = refused(granted)
        assert set(asked) == {LEAST_STEPS}, "only to see how long a step takes"
        assert plan(60 * enough).steps_per_epoch == LEAST_STEPS and 15 < enough < 25
    enough = refused(660.0)
    assert set(asked) != {LEAST_STEPS}, "what is nearly enough is tried"
    assert plan(60 * enough).steps_per_epoch == LEAST_STEPS


class Machine:
    """On which a step takes so many seconds with the best number of threads, and else twice as long.

    It is `busy` while that rate is tried. The rate 0.2 leaves the smallest loss. A test takes `besides` seconds more.
    """

    def __init__(
        self,
        pace: float,
        threads: Sequence[int] = (1,),
        fastest: int = 1,
        busy: float | None = None,
        besides: float = 0.0,
    ) -> None:
        self.pace, self.threads, self.fastest, self.busy, self.besides = pace, threads, fastest, busy, besides
        self.tried, self.spent, self.said = list[tuple[float, int]](), 0.0, list[str]()

    def try_rate(self, rate: float, steps: int) -> Tried:
        pace = self.pace * (1 if torch.get_num_threads() == self.fastest else 2) * (3 if rate == self.busy else 1)
        self.tried.append((rate, steps))
        self.spent += pace * steps + self.besides
        return Tried(rate, abs(rate - 0.2), pace, self.besides)

    def plan(
        self,
        seconds: float,
        scored: float = 0.0,
        passes: float = 1e9,
        steps: int | None = None,
        rate: float | None = None,
        tickets: int = 1,
    ) -> Plan:
        return planned(
            50, (0.1, 0.2, 0.4), self.try_rate, seconds, lambda: seconds - self.spent, lambda: scored, passes,
            steps=steps, rate=rate, threads_to_try=self.threads, say=self.said.append, tickets=tickets,
        )  # fmt: skip

    @property
    def lengths(self) -> set[int]:
        """Of the range tests, in steps."""
        return {steps for _, steps in self.tried} - {LEAST_STEPS}


@given(st.floats(0.001, 0.5), st.floats(300, 6000), st.floats(0.0, 0.2))
def test_the_granted_time_is_used_and_not_exceeded(pace: float, seconds: float, share: float) -> None:
    machine = Machine(pace)
    plan = machine.plan(seconds, share * seconds)
    training = plan.steps_per_epoch * plan.epochs * pace
    assert machine.spent + training + share * seconds <= seconds
    assert machine.spent + training + share * seconds >= 0.8 * seconds - plan.epochs * pace, "but for part of a step"


@pytest.mark.parametrize(("pace", "seconds", "length"), [(0.05, 62, 40), (0.001, 60, 100), (1.0, 250, 8)])
def test_a_tenth_of_the_time_goes_into_the_rates_and_8_to_100_steps_into_each(
    pace: float, seconds: float, length: int
) -> None:
    machine = Machine(pace)
    plan = machine.plan(seconds)
    assert machine.lengths == {length} and plan.rate == 0.2
    assert {rate for rate, steps in machine.tried if steps == length} == {0.1, 0.2, 0.4}
    assert machine.said == [
        "learning rate: 0.1 leaves a loss of 0.1, 0.2 leaves a loss of 0, 0.4 leaves a loss of 0.2; 0.2 is taken"
    ]


def test_what_is_left_after_trying_decides_the_steps() -> None:
    before = torch.get_num_threads()
    try:
        for machine in (Machine(0.5, tuple(range(1, 16))), Machine(0.5, busy=0.4), Machine(0.001)):
            plan = machine.plan(600.0, scored=30.0)
            training = plan.steps_per_epoch * plan.epochs * machine.pace
            # the reserve, and part of a step per epoch
            assert 0.0 <= 0.85 * (600.0 - machine.spent) - 30.0 - training < plan.epochs * machine.pace
    finally:
        torch.set_num_threads(before)


def test_what_a_test_takes_besides_its_steps_is_part_of_the_tenth() -> None:
    machine = Machine(0.05, besides=1.0)
    machine.plan(120.0)
    tests = machine.spent  # the tests of few steps included
    assert 0.09 * 120.0 < tests <= 12.1 and machine.lengths != {8}


def test_tickets_of_a_curve_share_what_is_left_after_trying() -> None:
    one, three = Machine(0.05), Machine(0.05)
    alone, together = one.plan(600.0, scored=20.0), three.plan(600.0, scored=20.0, tickets=3)
    assert one.tried == three.tried, "rates are tried once"
    training = 3 * (together.steps_per_epoch * together.epochs * 0.05 + 20.0)
    assert 0.8 * (600.0 - three.spent) - 3 * 50 * 0.05 <= training <= 600.0 - three.spent
    assert together.steps_per_epoch < alone.steps_per_epoch / 2.5 and together.rate == alone.rate


def test_losses_that_are_alike_are_told() -> None:
    said: list[str] = []
    losses = {0.1: 0.00522, 0.2: 0.00523, 0.4: 0.00525}
    plan = planned(
        50, tuple(losses), lambda rate, _steps: Tried(rate, losses[rate], 0.1), 600.0, lambda: 600.0, lambda: 0.0, 1e6,
        threads_to_try=(1,), say=said.append,
    )  # fmt: skip
    assert plan.rate == 0.2
    assert said[0].endswith("0.00525; 0.2 is taken, the middle one of 3 whose losses differ by no more than 1%")


def test_no_more_passes_are_made_than_pictures_have_to_teach() -> None:
    assert Machine(0.001).plan(6000.0, passes=500.0).steps_per_epoch == 10
    assert Machine(0.001).plan(6000.0, passes=10.0).steps_per_epoch == LEAST_STEPS


def test_what_is_given_is_not_chosen() -> None:
    by_rate, by_steps = Machine(0.05), Machine(0.05)
    plan = by_rate.plan(60.0, rate=0.4)
    assert plan.rate == 0.4 and plan.steps_per_epoch > LEAST_STEPS
    assert {rate for rate, steps in by_rate.tried if steps != LEAST_STEPS} == {0.4}, "tried for what a step takes"
    assert by_steps.plan(1.0, steps=70) == Plan(70, 0.2, 50, threads=1), "as many, whatever the time"


def test_the_number_of_threads_that_is_fastest_here_is_taken() -> None:
    before = torch.get_num_threads()
    try:
        for fastest in (1, 3):
            assert Machine(0.05, threads=(1, 3), fastest=fastest).plan(60.0).threads == fastest
            assert torch.get_num_threads() == fastest
    finally:
        torch.set_num_threads(before)


def test_the_search_takes_four_fifths_of_the_epochs_and_comes_to_any_sparsity() -> None:
    for sparsity in (1, 50, 99):
        given = algorithm(sparsity)
        assert (given.epochs, given.sparsity) == (40, sparsity)
        assert not any(given.prunes_at(t) and t % given.search_interval == 0 for t in (given.epochs,))


def test_steps_and_rate_that_are_given_are_taken_untried_on_one_thread() -> None:
    def never(*_: float) -> Tried:
        raise AssertionError("nothing is left to choose")

    plan = planned(
        51,
        (0.01,),
        never,
        60.0,
        lambda: never().loss,
        lambda: never().loss,
        1e6,
        steps=3,
        rate=0.5,
        threads_to_try=(2, 4),
    )
    assert plan == Plan(3, 0.5, 51, threads=1)


@pytest.mark.parametrize("task", LAYOUTS)
def test_rates_that_are_tried_rise_in_small_steps(task: TaskName) -> None:
    """By 4 times at most: then the best of all rates is not far from one that is tried."""
    rates = kind(task).rates
    assert rates[0] > 0 and rates[-1] <= 0.05
    assert all(low < high <= 4 * low for low, high in pairwise(rates))
    assert kind(task).optimization.lr in rates
