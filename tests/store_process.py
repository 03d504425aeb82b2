"""A process that uses a store and may be killed, or meet a full disk, at any operation on files.

Thousands of them are forked, which takes the longer the more memory a process has: from a small one that never loads
torch, some fifty times less than from that of the tests. So nothing is imported here that loads torch, and runs are
told by their names.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, Literal

from bench.store import Result, Store, StoreError
from tests.patience import HANGS_S

if TYPE_CHECKING:
    from bench.experiments import Run

ROOT = Path(__file__).parents[1]

OPERATIONS = {"open", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir", "fcntl.flock"}
"""Names under which Python announces what it is about to do with files."""

WRITING = {"open", "os.mkdir", "os.rename"}
"""Those that a full disk refuses."""

Fault = tuple[Literal["kill", "full", "cut", "short"], int] | None
"""What happens, and when, until the command is over.

* kill, full: before the operation of that number from now on; from there on the disk stays full
* cut, short: in the middle of writing a file, when `room` bytes of it are written; the process is killed, or the disk
  is full
"""


def room(number: int) -> int:
    """Bytes: fewer than a checkpoint has for small numbers, fewer than a ticket has for all of 0..40."""
    return int(1.25**number)


@dataclass(frozen=True)
class Named:
    """What a store asks of a run whose key it knows."""

    id: str
    seed: int
    label: str


def result_of(run: Run | Named, variant: int) -> tuple[Result, dict[str, bytes]]:
    """What a run comes to; variants are results that differ, as equal ones do in their times."""
    content = f"{run.id} {run.seed} {variant} ".encode() * 500
    return Result({"whose": [run.id, run.seed], "variant": variant}, {}, 1.0), {"ticket.safetensors": content}


def state_of(run: Run | Named, epoch: int) -> bytes:
    """A checkpoint."""
    return f"{run.id} {run.seed} {epoch}".encode()


class _Faults:
    """Hears of every operation before it happens."""

    def __init__(self) -> None:
        self.next: Fault = None
        self.unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    def begin(self, fault: Fault) -> None:
        self.next = fault
        if fault is not None and fault[0] in ("cut", "short"):
            # the kernel sends the signal, by which a process dies unless it ignores it as Python does
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if fault[0] == "cut" else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room(fault[1]), self.unlimited[1]))

    def end(self) -> None:
        self.next = None
        resource.setrlimit(resource.RLIMIT_FSIZE, self.unlimited)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.next is None or event not in OPERATIONS:
            return
        kind, left = self.next
        self.next = kind, left - 1
        if left > 0:
            return
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "full" and event in WRITING and (event != "open" or arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _serve(pipe: Connection) -> None:
    """Body of a process that uses a store: carries out commands until it is killed or nobody gives any more."""
    faults = _Faults()
    sys.addaudithook(faults)
    cache, steps = pipe.recv()
    store = Store(SimpleNamespace(cache=cache), lambda _: None)
    store._steps = steps
    claims: dict[Named, ExitStack] = {}

    def claim(run: Named) -> None:
        with ExitStack() as held:
            held.enter_context(store.claim(run))
            claims[run] = held.pop_all()

    def save(run: Named, variant: int) -> None:
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
            faults.begin(fault)
            answer = commands[name](*arguments)
            faults.end()
            pipe.send(("done", answer))
        except (OSError, StoreError) as error:
            faults.end()
            pipe.send(("refused", str(error)))


def _fork_on_demand(handle: int) -> None:
    """Body of the process that the others are forked from: None asks for another one, a number for the end of one."""
    pipe = Connection(handle)
    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        if asked is None:
            theirs = recv_handle(pipe)
            if not (child := os.fork()):
                try:
                    pipe.close()
                    _serve(Connection(theirs))
                finally:
                    os._exit(1)  # whoever gave the commands sees that it is gone
            os.close(theirs)
            pipe.send(child)
        else:
            os.waitpid(asked, 0)
            pipe.send(asked)


class ForkServer:
    """Starts such processes; for a `with` block, at whose end it ends."""

    def __enter__(self) -> ForkServer:
        self._pipe, theirs = Pipe()
        with theirs:
            call = f"from tests.store_process import _fork_on_demand as run; run({theirs.fileno()})"
            self._process = subprocess.Popen([sys.executable, "-c", call], cwd=ROOT, pass_fds=[theirs.fileno()])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        assert self._process.wait(HANGS_S) == 0

    def fork(self) -> tuple[int, Connection]:
        """The number of a new process, and a pipe to it."""
        ours, theirs = Pipe()
        with theirs:
            self._pipe.send(None)
            send_handle(self._pipe, theirs.fileno(), self._process.pid)
            return self._answer(), ours

    def wait_for_end(self, number: int) -> None:
        """Until a process is gone, and all that it had locked is free."""
        self._pipe.send(number)
        self._answer()

    def _answer(self) -> int:
        assert self._pipe.poll(HANGS_S), "a process does not start or end"
        return self._pipe.recv()  # type: ignore[no-any-return]


class StoreProcess:
    """One such process, and what it has claimed.

    Args:
        server: what it is forked from.
        cache: folder of the store.
        steps: what a store knows of the runs that will be named.
    """

    def __init__(self, server: ForkServer, cache: Path, steps: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
        self.claimed: set[Run] = set()
        self._server = server
        self._number, self._pipe = server.fork()
        self._pipe.send((cache, steps))

    def begin(self, name: str, *arguments: Any, fault: Fault = None) -> None:
        """Give a command, which names its run first if it has one; `end` has to follow."""
        if arguments:
            run, *further = arguments
            arguments = (Named(run.id, run.seed, run.label), *further)
        self._pipe.send((name, arguments, fault))

    def end(self) -> tuple[Literal["done", "refused", "killed"], Any]:
        """What the command came to."""
        assert self._pipe.poll(HANGS_S), "a command does not end"
        try:
            return self._pipe.recv()  # type: ignore[no-any-return]
        except EOFError:
            return "killed", None

    def do(self, name: str, *arguments: Any, fault: Fault = None) -> tuple[Literal["done", "refused", "killed"], Any]:
        """Give a command and wait for its end."""
        self.begin(name, *arguments, fault=fault)
        return self.end()

    def kill(self) -> None:
        """As `kill -9`."""
        os.kill(self._number, signal.SIGKILL)
        self._server.wait_for_end(self._number)
        self._pipe.close()
