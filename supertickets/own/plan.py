"""How long a net is trained, and how fast it learns: decided once per request, from what a step takes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from supertickets.own.errors import DrawError
from supertickets.own.learning_rate import Tried, best_rate
from supertickets.two_in_one import TwoInOne

SEARCH_EPOCHS, RETRAIN_EPOCHS = 40, 10
"""Of one number of steps each; no multiple of both intervals below."""
SEARCH_INTERVAL, PRUNE_INTERVAL = 2, 3
PASSES = 300
"""Over the pictures, at most: more than they have to teach."""
RANGE_SHARE = 0.1
"""Of the granted time goes into finding the learning rate, within the bounds below."""
RANGE_STEPS = (8, 100)
"""Of a range test per rate, at least and at most."""
RESERVE = 0.85
"""Share of the time left that is planned for steps; the rest is for scoring, storing and a busy machine."""
LEAST_STEPS = 2
"""Per epoch."""
ROUGH = 2
"""By so much the pace of a few steps may be wrong: what takes longer still is refused before any rate is tried."""


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
    seconds: float,
    scoring: Callable[[], float],
    passes: float,
    *,
    steps: int | None = None,
    rate: float | None = None,
    threads_to_try: Sequence[int],
    say: Callable[[str], None] = lambda _line: None,
) -> Plan:
    """Choose steps and learning rate.

    Args:
        epochs: to be trained in all.
        rates: to choose from.
        try_rate: a range test of one rate over so many steps.
        seconds: that are left.
        scoring: measures how many seconds all scoring will take.
        passes: steps of `PASSES` passes over the pictures.
        steps: per epoch, instead of a choice by time.
        rate: instead of a range test.
        threads_to_try: numbers of threads, of which the fastest is taken.

    Raises:
        DrawError: there is not enough time for the least that makes sense, or nothing can be learned.
    """
    threads, spent = 1, 0.0

    def tried(one: float, count: int) -> Tried:
        nonlocal spent
        found = try_rate(one, count)
        spent += found.seconds_per_step * count
        return found

    if steps is None or rate is None:
        threads, pace = _fastest(threads_to_try, lambda: tried(rates[0], LEAST_STEPS).seconds_per_step)
        scored = scoring() if steps is None else 0.0
        if steps is None and (least := _least(epochs, pace, scored)) > ROUGH * seconds:
            raise _too_little(seconds, least)
        wanted = RANGE_SHARE * seconds / len(rates) / pace
        length = round(min(max(wanted, RANGE_STEPS[0]), RANGE_STEPS[1]))
        tests = {one: tried(one, length) for one in (rates if rate is None else (rate,))}
        rate = best_rate(tuple(tests), tests.__getitem__).rate
        say(
            "learning rate: "
            + ", ".join(f"{test.rate:g} leaves a loss of {test.loss:.3g}" for test in tests.values())
            + f"; {rate:g} is taken"
        )
        if steps is None:
            pace = min(test.seconds_per_step for test in tests.values())
            affordable = (RESERVE * (seconds - spent) - scored) / pace / epochs
            steps = int(min(affordable, passes / epochs))
            if affordable < LEAST_STEPS:
                raise _too_little(seconds, _least(epochs, pace, scored) + spent)
            steps = max(steps, LEAST_STEPS)
    return Plan(steps, rate, epochs, threads)


def _least(epochs: int, pace: float, scored: float) -> float:
    """Seconds of the shortest training that makes sense, its scoring included."""
    return (LEAST_STEPS * epochs * pace + scored) / RESERVE


def _too_little(seconds: float, needed: float) -> DrawError:
    return DrawError(
        f"{max(0.0, seconds) / 60:.2g} minutes are left and {needed / 60:.2g} are needed on this machine: grant more "
        "minutes, or give fewer or smaller pictures"
    )


def _fastest(threads: Sequence[int], seconds: Callable[[], float]) -> tuple[int, float]:
    """The number of threads that something is fastest with, which is in force then, and its seconds."""
    seconds()  # what is only slow at first
    paces = {}
    for count in threads:
        torch.set_num_threads(count)
        paces[count] = seconds()
    best = min(paces, key=lambda count: paces[count])
    torch.set_num_threads(best)
    return best, paces[best]
