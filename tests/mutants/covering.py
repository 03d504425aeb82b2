"""Which tests run which lines: every test file once in a process of its own, traced line by line in our packages.

What is found is kept per test file, so that only files that changed are run again.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

PACKAGES = ("supertickets", "bench", "paper_tables", "figures")

MOST_CALLS = 100
"""Calls of a function in one test whose lines are noted: what runs only later is found by its module."""

OPTIONS = (
    "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:benchmark",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip
"""For pytest where its plugins are imported already, and every file is run by itself."""


class Tracer:
    """A pytest plugin: the lines of our packages that each test runs, and its seconds.

    Lines that run while a module is imported belong to no test; `loaded` has the modules that a test file imports. What
    several tests share is set up in the first of them, but counts in the seconds of each: any may be chosen alone.
    """

    def __init__(self, root: Path) -> None:
        self.prefixes = tuple(str(root / package) for package in PACKAGES)
        self.root = root
        self.lines: dict[str, dict[str, set[int]]] = {}
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self._test = ""
        self._uses: dict[str, Sequence[str]] = {}
        self._shared: dict[str, float] = {}
        self._own: dict[str, set[int]] = {}
        self._calls: Counter[tuple[str, int]] = Counter()
        self._foreign: dict[str, bool] = {}

    def _call(self, frame: FrameType, _event: str, _argument: object) -> Any:
        name = frame.f_code.co_filename
        if (foreign := self._foreign.get(name)) is None:
            foreign = self._foreign[name] = not name.startswith(self.prefixes)
        # a test that happens to import a module first is not the only one that needs its constants
        if foreign or not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            return None
        function = name, frame.f_code.co_firstlineno
        self._calls[function] += 1
        if self._calls[function] > MOST_CALLS:
            return None
        own = self._own.setdefault(name, set())
        own.add(frame.f_lineno)

        def line(frame: FrameType, _event: str, _argument: object) -> Any:
            own.add(frame.f_lineno)
            return line

        return line

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self._own, self._calls = {}, Counter()
        self._test, self._uses[item.nodeid] = item.nodeid, getattr(item, "fixturenames", ())
        threading.settrace(self._call)  # threads begin with it
        sys.settrace(self._call)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
            self.lines[item.nodeid] = {str(Path(name).relative_to(self.root)): own for name, own in self._own.items()}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Any:
        started = time.perf_counter()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                taken = self._shared[fixturedef.argname] = time.perf_counter() - started
                self.seconds[self._test] = self.seconds.get(self._test, 0.0) - taken

    def seconds_alone(self, test: str) -> float:
        """What a test takes where no other test has set anything up."""
        shared = sum(self._shared.get(name, 0.0) for name in self._uses.get(test, ()))
        return round(self.seconds.get(test, 0.0) + shared, 3)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.add(report.nodeid)


def trace(file: Path, root: Path) -> dict[str, Any]:
    """Run a test file and return what it covers; for a process of its own."""
    tracer = Tracer(root)
    pytest.main([*OPTIONS, "-m", "not gpu", str(file)], plugins=[tracer])
    loaded = sorted(
        str(Path(name).relative_to(root))
        for module in list(sys.modules.values())
        if (name := getattr(module, "__file__", None)) and name.startswith(tracer.prefixes)
    )
    return {
        "loaded": loaded,
        "tests": {
            test: {
                "seconds": tracer.seconds_alone(test),
                "lines": {name: sorted(own) for name, own in lines.items()},
            }
            for test, lines in tracer.lines.items()
            if test not in tracer.failed
        },
    }


def digest(file: Path, root: Path, loaded: Iterable[str]) -> str:
    """What decides whether a stored trace still holds: the test file and all of our modules that it loads."""
    found = hashlib.sha256(file.read_bytes())
    for name in loaded:
        path = root / name
        found.update(path.read_bytes() if path.is_file() else b"gone")
    return found.hexdigest()


def stored(cache: Path, file: Path, root: Path) -> dict[str, Any] | None:
    """A kept trace of a test file; None where there is none that holds."""
    try:
        kept = json.loads(_kept_at(cache, file, root).read_text())
    except (OSError, ValueError):
        return None
    return kept["trace"] if kept["digest"] == digest(file, root, kept["trace"]["loaded"]) else None


def keep(cache: Path, file: Path, root: Path, found: Mapping[str, Any]) -> None:
    """Keep a trace."""
    cache.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"digest": digest(file, root, found["loaded"]), "trace": found})
    _kept_at(cache, file, root).write_text(text)


def _kept_at(cache: Path, file: Path, root: Path) -> Path:
    return cache / f"{file.relative_to(root).as_posix().replace('/', '.')}.json"


def covering(traces: Mapping[str, Mapping[str, Any]], path: str, line: int) -> dict[str, dict[str, float]]:
    """Return test file -> test -> seconds, of the tests that run a line.

    A line that runs on import alone belongs to every test that runs any line of its module, and to those that run
    nothing of ours in the files that load it: such a test can only look at constants. Where there are none, it belongs
    to all tests of those files.
    """
    by_line: dict[str, dict[str, float]] = {}
    by_module: dict[str, dict[str, float]] = {}
    by_import: dict[str, dict[str, float]] = {}
    for file, found in traces.items():
        for test, about in found["tests"].items():
            if line in about["lines"].get(path, ()):
                by_line.setdefault(file, {})[test] = about["seconds"]
            if path in about["lines"] or (path in found["loaded"] and not about["lines"]):
                by_module.setdefault(file, {})[test] = about["seconds"]
            if path in found["loaded"]:
                by_import.setdefault(file, {})[test] = about["seconds"]
    return by_line or by_module or by_import
