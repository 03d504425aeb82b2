"""The time left, on a pretended machine whose whole future is known."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator

import pytest

from bench.context import _part_of_whole
from bench.experiments import Run
from bench.graph import Schedule, estimated_cost
from bench.profiles import profile
from bench.time_left import Kind, Paces, Span, TimeLeft, in_words, kind_of, time_of
from paper_tables.measured import plan
from paper_tables.registry import tables
from paper_tables.watch import beginning

pytestmark = pytest.mark.fast

SEEDS = (0,)
RUNS = plan(tables()["ablation"], profile("embedded"), SEEDS).all_runs
KINDS = sorted({kind_of(run) for run in RUNS})
SEARCH, RETRAINING = (next(run for run in RUNS if kind_of(run)[0] == name) for name in ("Search", "Retrain"))


def some_paces(number: int) -> dict[Kind, float]:
    """Seconds per unit of size, by kind; 40 times as many for some as for others."""
    chance = random.Random(number)
    return {kind: 2 ** chance.uniform(-1, 4.3) for kind in KINDS}


class Machine:
    """Computes runs in pretended time.

    Args:
        paces: true seconds per unit of size, by kind.
        uneven: how far, as a share, a run may be from its kind.
    """

    def __init__(self, paces: dict[Kind, float], jobs: int, uneven: float, earlier: Paces | None = None) -> None:
        self.now = 0.0
        chance = random.Random(0)
        self.seconds = {
            run: paces[kind_of(run)] * estimated_cost(run) * chance.uniform(1 - uneven, 1 + uneven) for run in RUNS
        }
        self.time_left = TimeLeft(RUNS, jobs, {}, earlier or Paces(), lambda: self.now)
        self.over: list[Run] = []

    def compute(self) -> Iterator[Span | None]:
        """What is told of the time left, after every tenth of every run; `now` is when."""
        schedule, number = Schedule([RUNS]), itertools.count()
        events: list[tuple[float, int, list[Run], int]] = []
        free = self.time_left.jobs
        while True:
            while free and (run := schedule.next()) is not None:
                heapq.heappush(events, (self.now, next(number), schedule.job(run), 0))
                free -= 1
            if not events:
                return
            self.now, _, job, tenths = heapq.heappop(events)
            run = job[0]
            if tenths < 10:
                if run.step.epochs:
                    self.time_left.advance(run, tenths * run.step.epochs // 10)
                heapq.heappush(events, (self.now + self.seconds[run] / 10, next(number), job, tenths + 1))
            else:
                self.time_left.finish(run, self.seconds[run])
                self.over.append(run)
                schedule.over(run)
                if job[1:]:
                    heapq.heappush(events, (self.now, next(number), job[1:], 0))
                else:
                    free += 1
            yield self.time_left.seconds()


@pytest.mark.parametrize(
    ("number", "jobs", "uneven"),
    [
        (0, 1, 0.0), (3, 5, 0.1),
        # the same of another number of jobs
        *(pytest.param(*given, marks=pytest.mark.slow) for given in ((1, 2, 0.0), (2, 2, 0.1))),
    ],
)  # fmt: skip
def test_once_all_kinds_are_known_the_end_is_within_the_range(number: int, jobs: int, uneven: float) -> None:
    machine = Machine(some_paces(number), jobs, uneven)
    told = []
    for span in machine.compute():
        if {kind_of(run) for run in machine.over} == set(KINDS):
            assert span is not None
            told.append((machine.now, span))
    assert told and told[-1][1] == Span(0.0, 0.0)
    # of the present tenth, and of a run without epochs, nobody knows how far it is
    step = max(seconds / (10 if run.step.epochs else 1) for run, seconds in machine.seconds.items())
    for now, span in told:
        assert span.low * (1 - uneven) - step <= machine.now - now <= span.high * (1 + uneven) + step


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 3])
def test_there_is_no_number_before_half_of_the_work_is_of_known_kinds(jobs: int) -> None:
    machine = Machine(some_paces(jobs), jobs, 0.0)
    seen: set[Kind] = set()
    for span in machine.compute():
        seen |= {kind_of(run) for run in machine.over}
        seen |= {kind_of(run) for run, (share, _) in machine.time_left._last.items() if share}
        left = machine.time_left._left
        known = sum(estimated_cost(run) * share for run, share in left.items() if kind_of(run) in seen)
        whole = sum(estimated_cost(run) * share for run, share in left.items())
        assert (span is None) == (2 * known < whole)


def test_a_first_estimate_is_as_good_as_a_late_one() -> None:
    """It was 35 minutes for a command of 10: one run of several had ended, and those under way did not count."""
    machine = Machine(
        dict.fromkeys(KINDS, 1.0) | {(name, data): 3.0 for name, data in KINDS if name == "Evaluate"}, 2, 0.1
    )
    told = [(machine.now, span) for span in machine.compute() if span is not None]
    assert told[0][0] < machine.now / 20
    for now, span in told:
        left = machine.now - now
        if left > machine.now / 10:
            assert 0.3 * left < span.low < 1.1 * left
            assert 0.8 * left < span.high < 2 * left


@pytest.mark.parametrize(("slower", "holds"), [(1.2, True), (5.0, False)])
def test_what_others_have_measured_holds_until_it_is_contradicted(slower: float, holds: bool) -> None:
    earlier = Paces()
    for run in RUNS:
        earlier.note(run, estimated_cost(run))
    machine = Machine(dict.fromkeys(KINDS, slower), 1, 0.0, earlier)
    whole = sum(map(estimated_cost, RUNS))
    first = machine.time_left.seconds()
    assert first is not None and first.low == pytest.approx(whole * 0.95, rel=0.01) and first.high < whole * 1.07
    machine.time_left.advance(SEARCH, 0)
    machine.now += estimated_cost(SEARCH) * slower * 10 / SEARCH.step.epochs
    machine.time_left.advance(SEARCH, 10)
    span = machine.time_left.seconds()
    assert span is not None and (span.high < whole * 1.07) == holds


def test_a_run_that_goes_on_counts_for_what_is_left_of_it() -> None:
    epochs = SEARCH.step.epochs
    time_left = TimeLeft([SEARCH, RETRAINING], 1, {SEARCH: epochs // 2}, Paces(), lambda: 0.0)
    assert time_left.done == 0
    time_left.advance(SEARCH, epochs // 2)
    time_left.finish(SEARCH, 50.0)
    pace = 50.0 / (estimated_cost(SEARCH) / 2)
    span = time_left.seconds()
    assert span is None, "half of nothing is known: retraining is another kind"
    told = time_of({SEARCH: 1.0}, 1, time_left._own.known())
    assert told is not None and told.low == pytest.approx(75) and told.high == pytest.approx(125)
    assert time_left._own.known()[kind_of(SEARCH)] == Span.around(pace, 0.25)
    time_left.fail(RETRAINING)
    assert time_left.seconds() == Span(0.0, 0.0) and time_left.done == 1


def test_a_run_with_nothing_left_to_do_tells_nothing_of_its_kind() -> None:
    epochs = SEARCH.step.epochs
    time_left = TimeLeft([SEARCH], 1, {SEARCH: epochs}, Paces(), lambda: 0.0)
    time_left.advance(SEARCH, epochs)
    time_left.finish(SEARCH, 0.1)
    assert not time_left._own.known()


def test_a_beginning_says_what_it_goes_on_from() -> None:
    runs = [run for run in RUNS if kind_of(run)[0] == "Search"][:6]
    line = beginning(TimeLeft(runs, 2, {}, Paces()), 0)
    assert line == "6 runs to compute"
    epochs = [run.step.epochs for run in runs]
    line = beginning(TimeLeft(runs, 2, {runs[0]: 34, runs[1]: 3}, Paces()), 12)
    middle = f"2 of them from the middle (epoch 34 of {epochs[0]}, epoch 3 of {epochs[1]})"
    assert line == f"6 runs to compute, {middle}; 12 are stored"
    assert "epoch 1 of 86, 2 more)" in beginning(TimeLeft(runs, 2, dict.fromkeys(runs, 1), Paces()), 1)
    earlier = Paces()
    earlier.note(runs[0], 640.0)
    assert beginning(TimeLeft(runs[:1], 2, {}, earlier), 1) == "1 run to compute; 1 is stored; 8 to 13 min left"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Span(0.0, 0.2), "at most 1 s"),
        (Span(20, 25.2), "20 to 25 s"),
        (Span(590, 610), "about 10 min"),
        (Span(10, 300), "at most 5 min"),
        (Span(7000, 90000), "2 to 25 h"),
    ],
)
def test_spans_in_words(span: Span, words: str) -> None:
    assert in_words(span) == words


def test_the_time_of_a_run_that_went_on_is_that_of_the_whole() -> None:
    assert [_part_of_whole(0, 10), _part_of_whole(5, 10), _part_of_whole(0, 0)] == [1, 2, 1]
    assert _part_of_whole(10, 10) == 0, "not known"
