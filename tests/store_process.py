"""A process that uses a store and may be killed, or meet a full disk, at any operation on files."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Literal

from bench.experiments import Run
from bench.identity import Environment
from bench.store import Result, Store, StoreError
from tests.patience import HANGS_S

OPERATIONS = {"open", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir", "fcntl.flock"}
"""Names under which Python announces what it is about to do with files."""

WRITING = {"open", "os.mkdir", "os.rename"}
"""Those that a full disk refuses."""

Fault = tuple[Literal["kill", "full"], int] | None
"""What happens, before which operation from now on; from there on the disk stays full until the command is over."""


def result_of(run: Run, variant: int) -> tuple[Result, dict[str, bytes]]:
    """What a run comes to; variants are results that differ, as equal ones do in their times."""
    content = f"{run.id} {run.seed} {variant} ".encode() * 500
    return Result({"whose": [run.id, run.seed], "variant": variant}, {}, 1.0), {"ticket.safetensors": content}


def state_of(run: Run, epoch: int) -> bytes:
    """A checkpoint."""
    return f"{run.id} {run.seed} {epoch}".encode()


class _Faults:
    """Hears of every operation before it happens."""

    def __init__(self) -> None:
        self.next: Fault = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.next is None or event not in OPERATIONS:
            return
        kind, left = self.next
        self.next = kind, left - 1
        if left > 0:
            return
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif event in WRITING and (event != "open" or arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _serve(pipe: Connection, environment: Environment) -> None:
    faults = _Faults()
    sys.addaudithook(faults)
    store = Store(environment, lambda _: None)
    claims: dict[Run, ExitStack] = {}

    def claim(run: Run) -> None:
        with ExitStack() as held:
            held.enter_context(store.claim(run))
            claims[run] = held.pop_all()

    def save(run: Run, variant: int) -> None:
        store.save(run, *result_of(run, variant))

    commands: dict[str, Callable[..., Any]] = {
        "tidy": store.tidy,
        "load": store.load,
        "save": save,
        "save checkpoint": lambda run, epoch: store.save_checkpoint(run, state_of(run, epoch)),
        "load checkpoint": store.load_checkpoint,
        "claim": claim,
        "release": lambda run: claims.pop(run).close(),
    }
    while True:
        name, arguments, fault = pipe.recv()
        try:
            faults.next = fault
            answer = commands[name](*arguments)
            faults.next = None
            pipe.send(("done", answer))
        except (OSError, StoreError) as error:
            faults.next = None
            pipe.send(("refused", str(error)))


@dataclass
class StoreProcess:
    """One such process, and what it has claimed."""

    environment: Environment

    def __post_init__(self) -> None:
        self.claimed: set[Run] = set()
        context = get_context("fork")  # the others load torch for seconds
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.environment), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, name: str, *arguments: Any, fault: Fault = None) -> None:
        """Give a command; `end` has to follow."""
        self._pipe.send((name, arguments, fault))

    def end(self) -> tuple[Literal["done", "refused", "killed"], Any]:
        """What the command came to."""
        assert self._pipe.poll(HANGS_S), "a command does not end"
        try:
            return self._pipe.recv()  # type: ignore[no-any-return]
        except EOFError:
            self._process.join()
            return "killed", None

    def do(self, name: str, *arguments: Any, fault: Fault = None) -> tuple[Literal["done", "refused", "killed"], Any]:
        """Give a command and wait for its end."""
        self.begin(name, *arguments, fault=fault)
        return self.end()

    def kill(self) -> None:
        """As `kill -9`."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
