"""Times of several things measured in turns: every round times each of them once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Side = TypeVar("Side")

MOST_ROUNDS = 10_000
"""More is a slip of the hand: with the nets of Tab. 10 they take a day."""


class LatencyError(ValueError):
    """Something that cannot be measured as asked; the message names the culprit and the remedy."""


def nothing_to_wait_for() -> None:
    """Synchronisation of a device whose calls return when the work is done."""


@dataclass(frozen=True)
class Timed:
    """Something to time.

    Attributes:
        run: one call; on an accelerator it may return before the work is done.
        synchronise: returns once all work started so far is done.
    """

    run: Callable[[], object]
    synchronise: Callable[[], None] = nothing_to_wait_for


@dataclass(frozen=True)
class Times:
    """Milliseconds of one call, one value per round."""

    rounds_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.rounds_ms)

    @property
    def quartiles_ms(self) -> tuple[float, float]:
        """First and third quartile, the range between which is the spread reported."""
        low, _, high = statistics.quantiles(self.rounds_ms, n=4, method="inclusive")
        return low, high


def check_rounds(rounds: int, warmup: int) -> None:
    """Refuse what has no spread, and what nobody waits for.

    Raises:
        LatencyError: for too few rounds, or too many.
    """
    if not (2 <= rounds <= MOST_ROUNDS and 1 <= warmup <= MOST_ROUNDS):
        raise LatencyError(
            f"rounds {rounds}, warm-up {warmup}: at least 2 rounds, which give a spread, after 1 warm-up, "
            f"and at most {MOST_ROUNDS} of each"
        )


def interleaved(
    sides: Mapping[Side, Timed],
    rounds: int,
    warmup: int = 2,
    clock: Callable[[], float] = time.perf_counter,
    after_round: Callable[[int], None] = lambda _done: None,
) -> dict[Side, Times]:
    """Time all sides in turns, so that a machine that slows down slows all of them.

    Every other round runs backwards, so that no side always follows the same neighbour; the first timed one runs in the
    order of `sides`. A side's time runs from an idle device to an idle device: what a call costs who waits for its
    result, launching included.

    Args:
        sides: what to time, by name or number.
        rounds: timed rounds, at least 2 (one round has no spread).
        warmup: rounds before that are run but not timed, at least 1.
        clock: seconds.
        after_round: told the number of timed rounds done so far.

    Raises:
        LatencyError: for too few rounds, or too many.
    """
    check_rounds(rounds, warmup)
    times: dict[Side, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(-warmup, rounds):
        for name in names if number % 2 == 0 else reversed(names):
            side = sides[name]
            side.synchronise()
            started = clock()
            side.run()
            side.synchronise()
            elapsed = clock() - started
            if number >= 0:
                times[name].append(1e3 * elapsed)
        if number >= 0:
            after_round(number + 1)
    return {name: Times(tuple(values)) for name, values in times.items()}
