"""All processes that `torchrun` has started, on one run at a time: the first leads, the others follow.

The first alone has the store, decides and speaks. A run that diverges does so in every process, and the next one
begins. After any other failure the processes may be anywhere, so that all of them end; the same command goes on from
the last finished epoch, with as many processes as it then has.
"""

from __future__ import annotations

import queue
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from bench.context import assist, configure_arithmetic
from bench.engines import EngineError, Event
from bench.engines.jobs import Job, work_off
from bench.experiments import Run
from bench.identity import Environment
from supertickets.command_line import ended_by_signals
from supertickets.distributed import ProcessLost
from supertickets.parallel import Parallel
from supertickets.trainer import Diverged


class LeadingProcess:
    """An engine of one job at a time, on which all processes work.

    Args:
        parallel: the processes, of which this is the first; the others `follow`.
    """

    def __init__(self, environment: Environment, parallel: Parallel) -> None:
        self.environment, self.parallel = environment, parallel
        self._told: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._job, self._worker = Job(()), threading.Thread()
        self._failed = False

    @property
    def free(self) -> int:
        return 0 if self._job.left else 1

    def start(self, job: Sequence[Run]) -> None:
        if self._failed:
            raise EngineError("the processes of this command have lost each other: start it again to go on")
        self._job = Job(job)
        # so that this thread hears signals meanwhile; it ends with the process
        self._worker = threading.Thread(target=self._work, args=(list(job),), daemon=True)
        self._worker.start()

    def _work(self, job: list[Run]) -> None:
        def tell(kind: str, content: Any) -> None:
            self._told.put((kind, content))

        configure_arithmetic()
        try:
            self.parallel.decided(lambda: job)
        except ProcessLost as error:
            self._failed = True
            tell("over", str(error))
            return
        failure = work_off(job, self.environment, tell, self.parallel)
        self._failed = failure is not None and not isinstance(failure, Diverged)

    def events(self) -> Iterator[Event]:
        events = list(self._job.heard(*self._told.get()))
        if not self._job.left:
            self._worker.join()
        yield from events

    def stop(self) -> None:
        """Nothing that is stored is ever half: a job under way ends with this process."""

    def dismiss(self) -> None:
        """Let the others end, unless they have not finished what they do."""
        if not self._job.left and not self._failed:
            self.parallel.decided(lambda: None)


def follow(environment: Environment, parallel: Parallel) -> int:
    """What all processes but the first do until they are dismissed; returns the exit code."""
    warnings.simplefilter("ignore")  # the first process has the same
    configure_arithmetic()
    try:
        with ended_by_signals():
            while (job := parallel.decided(_nothing)) is not None:
                _assist_in(job, environment, parallel)
    except Exception as error:
        who = f"process {parallel.rank} of {parallel.world_size}"
        print(f"error: {who}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _assist_in(job: Sequence[Run], environment: Environment, parallel: Parallel) -> None:
    for run in job:
        try:
            assist(run, environment, parallel)
        except Diverged:  # as in every process; what follows in the job needs it
            return


def _nothing() -> list[Run] | None:
    """What a process would decide that does not."""
    return None
