"""How long runs will still take: a range that follows from what runs of their kind have taken, or nothing.

Runs of one kind are the same step on the same data. They differ in size, which `bench.graph.estimated_cost` knows; what
a unit of size takes is measured, here and now where possible.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.experiments import Run
from bench.graph import estimated_cost
from bench.store import Store

Kind = tuple[str, str]
"""Step and data set."""

ONE_ALONE = 0.25
"""How far, as a share, the next run of a kind may be from the only one that is known."""

ENOUGH = 20
"""Results of a kind that tell how long its next run takes; there can be thousands."""

LEAST_SPREAD = 0.05
"""The same where several are known and agree better than that."""

BEGUN = 0.05
"""Share of a run's epochs after which they tell something of the rest."""

REST_OF_BEGUN = 0.5
"""How far, as a share, the rest of a run may be from its first epochs: a net shrinks, a machine gets busy."""


@dataclass(frozen=True)
class Span:
    """The least and the most that something may be, in seconds or in seconds per unit of size."""

    low: float
    high: float

    @classmethod
    def around(cls, value: float, share: float) -> Span:
        """From `value` less a share of it to `value` and that much more."""
        return cls(value * max(0.0, 1 - share), value * (1 + share))

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __mul__(self, factor: float) -> Span:
        return Span(self.low * factor, self.high * factor)

    def meets(self, other: Span) -> bool:
        """Whether both have a value in common."""
        return self.low <= other.high and other.low <= self.high


class Paces:
    """What a unit of size has taken, by kind."""

    def __init__(self) -> None:
        self._taken: defaultdict[Kind, list[tuple[float, float]]] = defaultdict(list)

    def note(self, run: Run, seconds: float, share: float = 1.0) -> None:
        """A run, or this share of it, has taken so long."""
        self._taken[kind_of(run)].append((seconds, estimated_cost(run) * share))

    def noted(self, kind: Kind) -> int:
        """How many of a kind have been noted."""
        return len(self._taken.get(kind, ()))

    def known(self) -> dict[Kind, Span]:
        """What the next run of each kind may take; kinds of which nothing is known are not there."""
        return {kind: _span(taken) for kind, taken in self._taken.items()}

    def known_by_a_part(self) -> dict[Kind, Span]:
        """The same where only parts of runs are known."""
        return {kind: Span.around(_mean(taken), REST_OF_BEGUN) for kind, taken in self._taken.items()}


def paces_of(runs: Iterable[Run], store: Store) -> Paces:
    """What these runs have taken, those of other seeds included, of which results are stored.

    Of each kind `ENOUGH` are read, and what other seeds of the last one's step there are.
    """
    paces = Paces()
    for _, run in sorted({run.id: run for run in runs}.items()):  # identities are hashes: any of a kind, not the first
        if paces.noted(kind_of(run)) < ENOUGH:
            for seconds in store.seconds(run):
                paces.note(run, seconds)
    return paces


def kind_of(run: Run) -> Kind:
    """What runs have in common whose times tell of each other."""
    return type(run.step).__name__, run.step.problem.data


def _mean(taken: list[tuple[float, float]]) -> float:
    return sum(seconds for seconds, _ in taken) / sum(size for _, size in taken)


def _span(taken: list[tuple[float, float]]) -> Span:
    mean = _mean(taken)
    if len(taken) == 1 or not mean:
        return Span.around(mean, ONE_ALONE)
    return Span.around(mean, max(LEAST_SPREAD, statistics.stdev(seconds / size for seconds, size in taken) / mean))


def time_of(left: Mapping[Run, float], jobs: int, known: Mapping[Kind, Span]) -> Span | None:
    """Seconds that runs will take; None while more than half of the work is of kinds that nothing is known of.

    Args:
        left: the share of each run that is still to be done, 0..1; runs after those they build on.
        jobs: runs at a time.
        known: seconds per unit of size. Other kinds are taken to be among those that train as well, or do not either.
    """
    sizes = {run: estimated_cost(run) * share for run, share in left.items()}
    if 2 * sum(size for run, size in sizes.items() if kind_of(run) in known) < sum(sizes.values()):
        return None
    whole = longest = Span(0.0, 0.0)
    ends: dict[Run, Span] = {}
    for run, size in sizes.items():
        own = _pace(run, sizes, known) * size
        ends[run] = own + _latest(ends[parent] for parent in run.parents if parent in ends)
        whole, longest = whole + own, _latest((longest, ends[run]))
    # at best all processes are busy to the end; at worst the longest chain is begun when all else is done
    return Span(max(whole.low / jobs, longest.low), (whole.high - longest.high) / jobs + longest.high)


def _latest(spans: Iterable[Span]) -> Span:
    low, high = 0.0, 0.0
    for span in spans:
        low, high = max(low, span.low), max(high, span.high)
    return Span(low, high)


def _pace(run: Run, runs: Iterable[Run], known: Mapping[Kind, Span]) -> Span:
    if (own := known.get(kind_of(run))) is not None:
        return own
    alike = {kind_of(other) for other in runs if bool(other.step.epochs) == bool(run.step.epochs)}
    spans = [span for kind, span in known.items() if kind in alike] or list(known.values())
    return Span(min(span.low for span in spans), max(span.high for span in spans))


class TimeLeft:
    """Follows the runs of a command and tells how long those that are not over will take.

    Args:
        runs: to be computed, each after those it builds on.
        jobs: runs at a time.
        begun: epochs behind those that go on from a checkpoint.
        earlier: what other commands have measured, which holds until the present one knows better.
        clock: in seconds.
    """

    def __init__(
        self,
        runs: Iterable[Run],
        jobs: int,
        begun: Mapping[Run, int],
        earlier: Paces,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.runs, self.jobs, self.begun = list(runs), jobs, begun
        self._earlier, self._clock, self._own = earlier, clock, Paces()
        self._left = {run: 1 - _share(run, begun.get(run, 0)) for run in self.runs}
        self._whole = self._size()
        self._first: dict[Run, tuple[float, float]] = {}
        self._last: dict[Run, tuple[float, float]] = {}

    def _size(self) -> float:
        return sum(estimated_cost(run) * share for run, share in self._left.items())

    @property
    def done(self) -> float:
        """Share of the work that is behind, 0..1."""
        return 1 - self._size() / self._whole if self._whole else 1.0

    def advance(self, run: Run, epoch: int) -> None:
        """So many epochs of a run are behind now."""
        share = _share(run, epoch)
        self._left[run] = 1 - share
        self._last[run] = share, self._clock()
        self._first.setdefault(run, self._last[run])

    def finish(self, run: Run, seconds: float) -> None:
        """A run has a result, after so long."""
        begun, _ = self._first.get(run, (0.0, 0.0))
        if begun < 1:
            self._own.note(run, seconds, 1 - begun)
        self.fail(run)

    def fail(self, run: Run) -> None:
        """A run is over without a result."""
        for of_run in (self._left, self._first, self._last):
            of_run.pop(run, None)

    def seconds(self) -> Span | None:
        """How long the rest will take; None until that can be said."""
        running = Paces()
        for run, (share, now) in self._last.items():
            before, then = self._first[run]
            if share - before >= BEGUN:
                running.note(run, now - then, share - before)
        known = running.known_by_a_part()
        # the whole runs of others say more than the first epochs of these, unless the two contradict each other
        known |= {
            kind: span for kind, span in self._earlier.known().items() if kind not in known or span.meets(known[kind])
        }
        return time_of(self._left, self.jobs, known | self._own.known())


def _share(run: Run, epoch: int) -> float:
    return epoch / run.step.epochs if run.step.epochs else 0.0


UNITS = ((1, "s", 120), (60, "min", 7200), (3600, "h", float("inf")))
"""Seconds of a unit, its name, and below how many seconds it is used."""


def in_words(seconds: Span) -> str:
    """`about 12 min`, or `8 to 12 min` where that is less certain."""
    unit, name = next((unit, name) for unit, name, most in UNITS if seconds.high < most)
    low, high = round(seconds.low / unit), max(1, round(seconds.high / unit))
    return f"about {high} {name}" if low >= high else f"{low} to {high} {name}" if low else f"at most {high} {name}"
