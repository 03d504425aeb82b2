"""Runs that are not stored yet are computed: `bench.graph` says in which order, an engine carries them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from bench.context import load_samples
from bench.engines import Ended, Engine, Progressed, Said, sockets
from bench.experiments import Run, lineage
from bench.graph import Schedule, missing
from bench.store import Result, Store
from bench.time_left import TimeLeft, paces_of


class Watcher(Protocol):
    """Shows people how far the runs are.

    `begin` is given what follows the runs, and how many further ones that are needed have results.
    """

    def begin(self, time_left: TimeLeft, stored: int) -> None: ...
    def advance(self, run: Run, epoch: int, epochs: int) -> None: ...
    def finish(self, run: Run, seconds: float) -> None: ...
    def fail(self, run: Run, reason: str) -> None: ...
    def say(self, message: str) -> None: ...


Failures = dict[Run, str]
"""Runs that have no result, and why: a first line for people, then details."""

OnComplete = Callable[[int, Failures], None]
"""Called with the number of a request whose runs are all over, and all failures so far."""


class Runner:
    """Computes what is missing of some results.

    Args:
        make_engine: called only when there is something to compute.
    """

    def __init__(self, store: Store, make_engine: Callable[[], Engine], watcher: Watcher) -> None:
        self.store, self.make_engine, self.watcher = store, make_engine, watcher

    def stored(self, run: Run) -> Result | None:
        """The stored result of `run`, if any."""
        return self.store.load(run)

    def has(self, run: Run) -> bool:
        """Whether a result of `run` is there; see `Store.has`."""
        return self.store.has(run)

    def run(self, requests: Sequence[Iterable[Run]], on_complete: OnComplete) -> Failures:
        """Compute what is missing; returns the runs that failed. Results are in the store.

        Earlier requests come first, and later ones fill the cores that would wait for their last runs. An interrupt
        stops all runs; each goes on from its last finished epoch next time.
        """
        self.store.tidy()
        sockets.tidy()
        asked: dict[Run, bool] = {}

        def stored(run: Run) -> bool:
            if run not in asked:
                asked[run] = self.stored(run) is not None
            return asked[run]

        requests = [list(request) for request in requests]
        schedule = Schedule([missing(request, stored) for request in requests])
        complete = [number for number, left in enumerate(schedule.outstanding) if not left]
        failures: Failures = {}
        if not schedule.runs:
            for number in complete:
                on_complete(number, failures)
            return failures
        engine = self.make_engine()
        self._prepare_data(schedule.runs)
        begun = {run: epoch for run in schedule.runs if (epoch := self.store.epochs_done(run))}
        earlier = paces_of((one for request in requests for run in request for one in lineage(run)), self.store)
        time_left = TimeLeft(schedule.runs, engine.free, begun, earlier)
        self.watcher.begin(time_left, sum(asked.values()))
        active = 0
        try:
            while True:
                while engine.free and (run := schedule.next()) is not None:
                    lost = next((parent for parent in run.parents if parent in failures), None)
                    if lost is not None:
                        time_left.fail(run)
                        self._failed(run, f"not attempted: {lost.label} failed", failures)
                        complete += schedule.over(run)
                        continue
                    job = schedule.job(run)
                    engine.start(job)
                    active += len(job)
                # now that every core has something to do: what follows from a request may take a while
                while complete:
                    on_complete(complete.pop(0), failures)
                if not active:
                    break
                for event in engine.events():
                    if isinstance(event, Ended):
                        active -= 1
                        self._over(event, time_left, failures)
                        complete += schedule.over(event.run)
                    elif isinstance(event, Progressed):
                        time_left.advance(event.run, event.epoch)
                        self.watcher.advance(event.run, event.epoch, event.epochs)
                    elif isinstance(event, Said):
                        self.watcher.say(event.text)
        finally:
            engine.stop()
        return failures

    def _over(self, event: Ended, time_left: TimeLeft, failures: Failures) -> None:
        if event.failure is None:
            time_left.finish(event.run, event.seconds)
            self.watcher.finish(event.run, event.seconds)
        else:
            time_left.fail(event.run)
            self._failed(event.run, event.failure, failures)

    def _prepare_data(self, runs: Iterable[Run]) -> None:
        # decoded once here, so that the processes do not all decode the same files; they map the cached arrays
        for problem in {run.step.problem.data: run.step.problem for run in runs}.values():
            self.watcher.say(f"preparing {problem.data}")
            for split in (problem.split, "val" if problem.split == "train" else "tune"):
                load_samples(problem, split, self.store.environment)

    def _failed(self, run: Run, reason: str, failures: Failures) -> None:
        failures[run] = reason
        first, *more = reason.splitlines()
        try:
            kept = self.store.save_failure(run, reason)
        except OSError as error:
            self.watcher.fail(run, f"{first} (its details could not be kept: {error.strerror})")
        else:
            self.watcher.fail(run, f"{first} (details in {kept})" if more else first)
