"""Executing runs: dependencies first, every core busy, one process and one thread per run, resumable at any moment."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import multiprocessing.forkserver
import os
import signal
import textwrap
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol

from bench.experiments import Run, lineage
from bench.stages.arithmetic import settle
from bench.stages.compute import Place, compute, load_split, origin
from bench.store import Origin, Result, Store

# glibc gives freed buffers back to the system and faults them in again at the next step; kept, a training step on
# large activations takes up to a third less time. Read at process start, hence by the fork server and its children.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(16 << 30)}


class Watcher(Protocol):
    """Shows people how far a batch of runs is; `work` is in arbitrary units proportional to time."""

    def begin(self, runs: int, work: float) -> None: ...
    def advance(self, run: Run, epoch: int, epochs: int, done: float) -> None: ...
    def finish(self, run: Run, done: float, seconds: float) -> None: ...
    def fail(self, run: Run, reason: str) -> None: ...
    def say(self, message: str) -> None: ...


@dataclass(frozen=True)
class Failure:
    """Why a run has no result."""

    reason: str


Failures = dict[Run, Failure]

Settled = Callable[[int, Failures], None]
"""Called with the number of a batch whose runs are all over, and all failures so far."""


def _tell_nobody(number: int, failures: Failures) -> None:
    """For those who only want results."""


def work(run: Run) -> float:
    """Cost estimate of a run: training pixels, with a small constant for evaluation."""
    recipe = run.stage.setting.recipe
    height, width = recipe.image_size
    return (run.stage.epochs * recipe.steps_per_epoch * recipe.batch_size + 200) * height * width / 1e6


class Runner:
    """Runs stages that are not stored yet.

    Args:
        jobs: processes at a time. Each uses one thread on the CPU, so results do not depend on `jobs`.
    """

    def __init__(self, place: Place, store: Store, jobs: int, watcher: Watcher) -> None:
        self.place, self.store, self.jobs, self.watcher = place, store, jobs, watcher
        self._origins: dict[str, Origin] = {}

    def stored(self, run: Run) -> Result | None:
        """The trusted stored result of `run`, if any."""
        return self.store.load(run, self._origin(run))

    def _origin(self, run: Run) -> Origin:
        if run.id not in self._origins:
            self._origins[run.id] = origin(run.stage, self.place.data_root)
        return self._origins[run.id]

    def missing(self, wanted: Iterable[Run]) -> list[Run]:
        """What has to be computed for `wanted`, parents included, without repetition."""
        return self._missing(wanted, {})

    def _missing(self, wanted: Iterable[Run], lacking: dict[Run, bool]) -> list[Run]:
        """The same, for several calls that remember in `lacking` which runs have no trusted result."""
        needed: dict[Run, None] = {}

        def need(run: Run) -> None:
            if run in needed:
                return
            if run not in lacking:
                lacking[run] = self.stored(run) is None
            if lacking[run]:
                for parent in run.parents:
                    need(parent)
                needed[run] = None

        for run in wanted:
            need(run)
        return list(needed)

    def run(self, batches: Sequence[Iterable[Run]], settled: Settled = _tell_nobody) -> Failures:
        """Compute what is missing; returns the runs that failed. Results are in the store.

        Earlier batches come first, and later ones fill the cores that would wait for their last runs. An interrupt
        stops all runs; each goes on from its last finished epoch next time.

        Args:
            settled: is told the number of each batch as soon as none of its runs is outstanding.
        """
        lacking: dict[Run, bool] = {}
        outstanding = [dict.fromkeys(self._missing(batch, lacking)) for batch in batches]
        rank = {run: number for number, left in reversed(list(enumerate(outstanding))) for run in left}
        over = [number for number, left in enumerate(outstanding) if not left]
        failures: Failures = {}
        if rank:
            context = _fork_server()
            self._prepare_data(list(rank))
            self.watcher.begin(len(rank), sum(map(work, rank)))
        # everything that waits for a run makes it more urgent: the longest chain starts first
        urgency = dict.fromkeys(rank, 0.0)
        for run in rank:
            for step in {Run(stage, run.seed) for stage in lineage(run.stage)} & urgency.keys():
                urgency[step] += work(run)
        waiting = sorted(rank, key=lambda run: (rank[run], run.seed, -urgency[run]))
        active: dict[Connection, tuple[Run, BaseProcess, float]] = {}
        try:
            while waiting or active or over:
                while orphans := [run for run in waiting if failures.keys() & set(run.parents)]:
                    for run in orphans:
                        waiting.remove(run)
                        lost = next(parent for parent in run.parents if parent in failures)
                        self._failed(run, f"not attempted: {lost.label} failed", failures)
                        over += _strike_off(run, outstanding)
                if len(active) < self.jobs:
                    unfinished = {run for run, _, _ in active.values()} | set(waiting)
                    ready = (run for run in waiting if unfinished.isdisjoint(run.parents))
                    for run in list(islice(ready, self.jobs - len(active))):
                        waiting.remove(run)
                        active |= self._start(context, run)
                # now that every core has something to do: what follows from a batch may take a while
                while over:
                    settled(over.pop(0), failures)
                for pipe in multiprocessing.connection.wait(list(active)) if active else ():
                    if ended := self._hear(pipe, active, failures):  # type: ignore[arg-type]
                        over += _strike_off(ended, outstanding)
        finally:
            for _, process, _ in active.values():
                process.terminate()
            for _, process, _ in active.values():
                process.join()
        return failures

    def _prepare_data(self, runs: list[Run]) -> None:
        # decoded once here, so that the processes do not all decode the same files; they map the cached arrays
        for setting in {run.stage.setting.data: run.stage.setting for run in runs}.values():
            self.watcher.say(f"preparing {setting.data}")
            for split in (setting.split, setting.evaluation):
                load_split(setting, split, self.place)

    def _start(
        self, context: multiprocessing.context.ForkServerContext, run: Run
    ) -> dict[Connection, tuple[Run, BaseProcess, float]]:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(
            target=_work, args=(theirs, run, self._origin(run), self.place), name=run.label, daemon=True
        )
        process.start()
        theirs.close()
        return {ours: (run, process, time.monotonic())}

    def _hear(
        self, pipe: Connection, active: dict[Connection, tuple[Run, BaseProcess, float]], failures: Failures
    ) -> Run | None:
        """Take one message of a worker; returns its run if that is over."""
        run, process, started = active[pipe]
        try:
            kind, content = pipe.recv()
        except (EOFError, OSError):
            process.join()
            del active[pipe]
            self._failed(
                run, f"its process died (exit code {process.exitcode}): run the command again to resume", failures
            )
            return run
        if kind == "epoch":
            epoch, epochs = content
            self.watcher.advance(run, epoch, epochs, work(run) * epoch / max(epochs, 1))
            return None
        if kind == "say":
            self.watcher.say(content)
            return None
        process.join()
        del active[pipe]
        if kind == "failed":
            self._failed(run, content, failures)
        else:
            self.watcher.finish(run, work(run), time.monotonic() - started)
        return run

    def _failed(self, run: Run, reason: str, failures: Failures) -> None:
        failures[run] = Failure(reason)
        first, *more = reason.splitlines()
        try:
            kept = self.store.save_failure(run, reason)
        except OSError as error:
            self.watcher.fail(run, f"{first} (its details could not be kept: {error.strerror})")
        else:
            self.watcher.fail(run, f"{first} (details in {kept})" if more else first)


def _strike_off(run: Run, outstanding: Sequence[dict[Run, None]]) -> list[int]:
    """Take a run out of all batches; returns the numbers of those that have none left by that."""
    holders = [number for number, left in enumerate(outstanding) if run in left]
    for number in holders:
        del outstanding[number][run]
    return [number for number in holders if not outstanding[number]]


def _fork_server() -> multiprocessing.context.ForkServerContext:
    """The process that workers are forked from, started now: it loads torch while the data is prepared."""
    for name, value in ALLOCATOR.items():
        os.environ.setdefault(name, value)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bench.uninterrupted", "bench.stages.compute", "bench.warm"])
    multiprocessing.forkserver.ensure_running()
    return context


def _work(pipe: Connection, run: Run, origin_of_run: Origin, place: Place) -> None:
    """Body of a worker process."""
    import warnings

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides; it terminates us
    settle()

    def show(message: Warning | str, *_: object) -> None:
        # masks change many times in a run: the first warning is news, the run's history counts the rest
        if not shown:
            pipe.send(("say", f"{run.label}: {textwrap.shorten(str(message), 160, placeholder=' and more')}"))
        shown.append(str(message))

    shown: list[str] = []
    warnings.showwarning = show  # type: ignore[assignment]

    def report(epoch: int, epochs: int) -> None:
        pipe.send(("epoch", (epoch, epochs)))

    def say(message: str) -> None:
        pipe.send(("say", message))

    try:
        compute(run, origin_of_run, place, Store(place.cache, say), report)
    except OSError as error:
        detail = traceback.format_exc()
        remedy = f"is there space left below {place.cache}, and may it be written?"
        pipe.send(("failed", f"{error.strerror or error}: {remedy}\n{detail}"))
    except Exception as error:
        detail = traceback.format_exc()
        pipe.send(("failed", f"{type(error).__name__}: {error}\n{detail}"))
    else:
        pipe.send(("done", None))


def usable_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
