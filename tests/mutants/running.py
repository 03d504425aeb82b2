"""One mutant in a process of its own: forked with torch and pytest imported, and none of our modules yet."""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.covering import OPTIONS
from tests.mutants.operators import Mutant, mutated

MOST_MEMORY = 12 << 30
"""Bytes of address space: a mutant that allocates without end ends itself."""

FEWEST_S, TIMES_AS_LONG = 5.0, 3.0
"""Seconds of a core that every test has, and what it took when it was traced, so many times: then it has no end."""

BROKEN = 70
"""Exit code of a process that could not try what it was to try."""


class Faulty(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Imports one module with a fault in it."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        super().__init__(name, str(path))
        self._code = compile(tree, str(path), "exec")

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def get_code(self, _name: str) -> Any:
        return self._code


class Chosen:
    """A pytest plugin: only some tests, the quickest first, and the end of the process at one without end.

    Seconds of a core are counted, because other processes may keep a test waiting. A test that sleeps for ever is left
    to the limit of the whole process.
    """

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self.seconds = seconds
        signal.signal(signal.SIGPROF, signal.SIG_DFL)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        signal.setitimer(signal.ITIMER_PROF, FEWEST_S + TIMES_AS_LONG * self.seconds[item.nodeid])
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.seconds), key=lambda item: self.seconds[item.nodeid]
        )


def module_name(path: str) -> str:
    """The name a module is imported by."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def attempt(mutant: Mutant, root: Path, tests: Mapping[str, Mapping[str, float]]) -> bool:
    """Return whether some test notices a mutant; for a process of its own.

    Args:
        mutant: the fault.
        root: of the repository.
        tests: test file -> test -> seconds; files are taken in this order.
    """
    path = root / mutant.path
    sys.meta_path.insert(0, Faulty(module_name(mutant.path), path, mutated(mutant, path.read_text(encoding="utf-8"))))
    for file, chosen in tests.items():
        code = pytest.main([*OPTIONS, "-x", str(root / file)], plugins=[Chosen(chosen)])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return True
    return False


def forked(work: Callable[[], int]) -> int:
    """Run `work`, unheard, in a process group of its own that exits with what it returns; return its number."""
    sys.stdout.flush()
    sys.stderr.flush()
    if child := os.fork():
        with suppress(OSError):  # both ask for the group, or a limit that is over at once finds none to stop
            os.setpgid(child, child)
        return child
    code = BROKEN
    try:
        os.setpgid(0, 0)
        gc.freeze()  # pytest makes errors of files that were left open: those of the parent are not the child's to find
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        code = work()
    except MemoryError:  # the mutant has taken all of it
        code = 1
    except BaseException:
        code = BROKEN
    finally:
        os._exit(code)


class Pool:
    """Processes of which some run at a time, each with a limit of seconds."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._running: dict[int, tuple[Any, float]] = {}

    def add(self, name: Any, work: Callable[[], int], seconds: float) -> list[tuple[Any, int | None]]:
        """Start `work` when there is room; return those that ended meanwhile, see `wait`."""
        ended = self.wait() if len(self._running) >= self.jobs else []
        self._running[forked(work)] = name, time.monotonic() + seconds
        return ended

    def wait(self) -> list[tuple[Any, int | None]]:
        """Return what ended next as (name, exit code); the code is None for what was stopped at its limit."""
        while self._running:
            ended: list[tuple[Any, int | None]] = []
            for child, (name, limit) in list(self._running.items()):
                done, status = os.waitpid(child, os.WNOHANG)
                overdue = time.monotonic() > limit
                if not done and not overdue:
                    continue
                if not done:
                    os.killpg(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                del self._running[child]
                ended.append((name, None if not done else os.waitstatus_to_exitcode(status)))
            if ended:
                return ended
            time.sleep(0.02)
        return []


def finish(pool: Pool) -> Sequence[tuple[Any, int | None]]:
    """Wait for everything that still runs."""
    found: list[tuple[Any, int | None]] = []
    while ended := pool.wait():
        found += ended
    return found
