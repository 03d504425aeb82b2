"""How long a net is trained, and how fast it learns: decided once per request, from what a step takes here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch

from supertickets.own.errors import DrawError
from supertickets.own.learning_rate import ALIKE, Tried, best_rate
from supertickets.two_in_one import TwoInOne

SEARCH_EPOCHS, RETRAIN_EPOCHS = 40, 10
"""Of one number of steps each; no multiple of both intervals below."""
SEARCH_INTERVAL, PRUNE_INTERVAL = 2, 3
PASSES = 300
"""Over the pictures, at most: more than they have to teach."""
RANGE_SHARE = 0.1
"""Of the time that is left goes into finding the learning rate, within the bounds below."""
RANGE_STEPS = (8, 100)
"""Of a range test per rate, at least and at most."""
RESERVE = 0.85
"""Share of the time left that is planned for steps; the rest is for scoring, storing and a busy machine."""
LEAST_STEPS = 2
"""Per epoch."""
ROUGH = 2
"""By so much the pace of a few steps may be wrong: what takes longer still is refused before any rate is tried."""
MARGIN = 1.1
"""Of the minutes that people are told to grant, for another day's pace."""


@dataclass(frozen=True)
class Plan:
    """What was decided.

    Attributes:
        steps_per_epoch: of search and retraining.
        rate: peak learning rate.
        epochs: in all.
        threads: of the processor; several are slower than one for small nets, or on a busy machine.
    """

    steps_per_epoch: int
    rate: float
    epochs: int
    threads: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def algorithm(sparsity: int) -> TwoInOne:
    """The paper's proportions between searching, pruning and all."""
    return TwoInOne(SEARCH_EPOCHS, SEARCH_INTERVAL, PRUNE_INTERVAL, sparsity=sparsity)


def planned(
    epochs: int,
    rates: tuple[float, ...],
    try_rate: Callable[[float, int], Tried],
    granted: float,
    left: Callable[[], float],
    besides: Callable[[], float],
    passes: float,
    *,
    tickets: int = 1,
    steps: int | None = None,
    rate: float | None = None,
    threads_to_try: Sequence[int],
    say: Callable[[str], None] = lambda _line: None,
) -> Plan:
    """Choose steps and learning rate.

    Args:
        epochs: to be trained in all, per ticket.
        rates: to choose from.
        try_rate: a range test of one rate over so many steps.
        granted: seconds for everything.
        left: how many of them are left now.
        besides: measures how many seconds one training takes besides its steps.
        passes: steps of `PASSES` passes over the pictures.
        tickets: that are trained alike, one after another, in the seconds that are left.
        steps: per epoch, instead of a choice by time.
        rate: instead of a range test.
        threads_to_try: numbers of threads, of which the fastest is taken.

    Raises:
        DrawError: there is not enough time for the least that makes sense, or nothing can be learned.
    """
    threads = 1
    if steps is None or rate is None:
        begun = left()
        threads, short = _fastest(threads_to_try, lambda: try_rate(rates[0], LEAST_STEPS))
        pace, other = short.seconds_per_step, tickets * besides() if steps is None else 0.0
        tried = rates if rate is None else (rate,)
        if steps is None and (least := _least(tickets * epochs, pace, other)) > ROUGH * left():
            tests = len(tried) * (RANGE_STEPS[0] * pace + short.seconds_besides)
            raise _too_little(granted, granted - left() + tests, least)
        share = (RANGE_SHARE * begun - (begun - left())) / len(tried)
        wanted = (share - short.seconds_besides) / pace
        length = round(min(max(wanted, RANGE_STEPS[0]), RANGE_STEPS[1]))
        found = [try_rate(one, length) for one in tried]
        best, alike = best_rate(found)
        rate = best.rate
        say(
            "learning rate: "
            + ", ".join(f"{test.rate:g} leaves a loss of {test.loss:.4g}" for test in found)
            + f"; {rate:g} is taken"
            + (f", the middle one of {alike} whose losses differ by no more than {ALIKE:.0%}" if alike > 1 else "")
        )
        if steps is None:
            pace = median(test.seconds_per_step for test in found)
            affordable = (RESERVE * left() - other) / pace / (tickets * epochs)
            if affordable < LEAST_STEPS:
                raise _too_little(granted, granted - left(), _least(tickets * epochs, pace, other))
            steps = max(int(min(affordable, passes / epochs)), LEAST_STEPS)
    return Plan(steps, rate, epochs, threads)


def _least(epochs: int, pace: float, besides: float) -> float:
    """Seconds of the shortest training that makes sense, with what it takes besides its steps."""
    return (LEAST_STEPS * epochs * pace + besides) / RESERVE


def _too_little(granted: float, before: float, least: float) -> DrawError:
    """Of `least` seconds of training, and others before it, among them the least for finding the learning rate."""
    needed = MARGIN * (before + least / (1 - RANGE_SHARE)) / 60
    return DrawError(
        f"{granted / 60:.2g} minutes are too few on this machine: grant at least {math.ceil(10 * needed) / 10:g}, or "
        "give fewer or smaller pictures"
    )


def _fastest(threads: Sequence[int], test: Callable[[], Tried]) -> tuple[int, Tried]:
    """The number of threads that steps are fastest with, which is in force then, and a test with it."""
    test()  # what is only slow at first
    tests = {}
    for count in threads:
        torch.set_num_threads(count)
        tests[count] = test()
    best = min(tests, key=lambda count: tests[count].seconds_per_step)
    torch.set_num_threads(best)
    return best, tests[best]
