"""Processes of this machine: one per job, one thread each, forked from a server that has loaded torch once."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import multiprocessing.forkserver
import os
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from bench.context import configure_arithmetic
from bench.engines import Asked, Event
from bench.engines.jobs import Job, work_off
from bench.engines.sockets import use_own_folder
from bench.experiments import Run
from bench.identity import Environment
from supertickets.argument_types import usable_cores

# glibc gives freed buffers back to the system and faults them in again at the next step; kept, a training step on
# large activations takes up to a third less time. Read at process start, hence by the fork server and its children.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(16 << 30)}

START_TRIES = 3
"""How often a process is started before it is given up."""

LONGEST_END_S = 60.0
"""A killed server takes milliseconds to end; a machine with too much to do lets it wait."""

ORPHANED = 1
"""Exit code, which nobody is left to read."""


class LocalProcesses:
    """An engine of `jobs` processes at a time; each uses one thread on the CPU, so results do not depend on `jobs`."""

    def __init__(self, environment: Environment, jobs: int) -> None:
        self.environment, self.jobs = environment, jobs
        for name, value in ALLOCATOR.items():
            os.environ.setdefault(name, value)
        use_own_folder()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["bench.uninterrupted", "bench.context", "bench.warm"])
        # started now: it loads torch while the data are prepared
        multiprocessing.forkserver.ensure_running()
        self._active: dict[Connection, tuple[BaseProcess, Job]] = {}

    @property
    def free(self) -> int:
        return self.jobs - len(self._active)

    def start(self, job: Sequence[Run]) -> None:
        ours, theirs = self._context.Pipe(duplex=False)
        with theirs:
            process = self._forked(theirs, job)
        self._active[ours] = process, Job(job)

    def _forked(self, pipe: Connection, job: Sequence[Run]) -> BaseProcess:
        for _ in range(START_TRIES):
            # no daemon: those may not have processes of their own, which decode; each ends itself when this one is gone
            process = self._context.Process(
                target=_work_off, args=(pipe, list(job), self.environment), name=job[0].label, daemon=False
            )
            # by a fork server that has been killed it fails; the next try starts another one
            with contextlib.suppress(EOFError, ConnectionError):
                process.start()
                return process
            _wait_for_another_server()
        raise ChildProcessError("no process can be started, as the one that forks them is killed: is memory short?")

    def events(self) -> Iterator[Event]:
        for pipe in multiprocessing.connection.wait(list(self._active)) if self._active else ():
            assert isinstance(pipe, Connection)
            yield from self._hear(pipe)

    def _hear(self, pipe: Connection) -> Iterator[Event]:
        process, job = self._active[pipe]
        try:
            kind, content = pipe.recv()
        except (EOFError, OSError):
            process.join()
            del self._active[pipe]
            yield from job.lost(f"its process died (exit code {process.exitcode}): run the command again to resume")
            return
        yield from job.heard(kind, content)
        if not job.left:
            process.join()
            del self._active[pipe]

    def stop(self) -> None:
        for process, _ in self._active.values():
            process.kill()  # nothing that is stored is ever half, so there is nothing to wait for
        for process, _ in self._active.values():
            process.join()
        self._active.clear()


def _made(environment: Environment, asked: Asked) -> LocalProcesses:
    return LocalProcesses(environment, asked.jobs or usable_cores())


ENGINE = _made


def _wait_for_another_server() -> None:
    """Wait until a killed fork server has been replaced: it closes its sockets before it can be seen to have ended."""
    servers: Any = multiprocessing.forkserver._forkserver
    killed = servers._forkserver_pid
    given_up = time.monotonic() + LONGEST_END_S
    while servers._forkserver_pid == killed and time.monotonic() < given_up:
        time.sleep(0.01)
        servers.ensure_running()


def _work_off(pipe: Connection, job: Sequence[Run], environment: Environment) -> None:
    """Body of a worker process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def tell(kind: str, content: Any) -> None:
        try:
            pipe.send((kind, content))
        except BrokenPipeError:  # before the thread has noticed
            os._exit(ORPHANED)

    configure_arithmetic()
    work_off(job, environment, tell)


def _end_with_parent() -> None:
    """End this process at once when its parent is gone, however that ended: nobody waits for the epoch's end."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(ORPHANED)
