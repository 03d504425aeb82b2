"""The faults that the mutation run puts into the code: each is another program, at the place it names."""

from __future__ import annotations

import argparse
import ast
import gc
import json
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.mutants import __main__ as command
from tests.mutants.__main__ import ROOT, WHERE, _python_files, _within
from tests.mutants.covering import OPTIONS, Tracer, covering
from tests.mutants.equivalent import load
from tests.mutants.operators import mutants, mutated
from tests.mutants.running import BROKEN, FEWEST_S, TIMES_AS_LONG, Chosen, Pool, finish
from tests.patience import HANGS_S

pytestmark = pytest.mark.fast

SOURCE = '''"""Words stay as they are."""
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import os
LIMIT: int = 3
class A:
    size: float = 0.5
    @property
    def half(self) -> float:
        """More words."""
        if not self.size <= LIMIT and True:
            raise ValueError(f"{self.size} words")
        self.note("words")
        for _ in zip((min(1, 2),), strict=True):
            break
        return -self.size * 2
'''
FAULTS = {
    "3 -> 4", "3 -> 2", "0.5 -> 1.5", "0.5 -> -0.5", "not self.size <= LIMIT -> self.size <= LIMIT",
    "self.size <= LIMIT -> self.size < LIMIT", "self.size <= LIMIT -> self.size > LIMIT", "True -> False",
    "not self.size <= LIMIT and True -> not self.size <= LIMIT or True",
    "if not self.size <= LIMIT and True: -> if not (not self.size <= LIMIT and True):",
    "raise ValueError(f'{self.size} words') -> pass", "self.note('words') -> pass", "min(1, 2) -> max(1, 2)",
    "1 -> 2", "1 -> 0", "2 -> 3", "2 -> 1", "break -> continue", "return -self.size * 2 -> return None",
    "-self.size * 2 -> -self.size / 2", "-self.size -> self.size",
}  # fmt: skip


def test_every_operator_finds_its_places() -> None:
    found = mutants("a.py", SOURCE)
    assert {f"{mutant.before} -> {mutant.after}" for mutant in found} == FAULTS
    assert len({mutant.key for mutant in found}) == len(found)
    assert {mutant.where for mutant in found} == {"", "A", "A.half"}
    whole = ast.unparse(ast.parse(SOURCE))
    programs = {ast.unparse(mutated(mutant, SOURCE)) for mutant in found}
    assert len(programs) == len(found) and whole not in programs
    with pytest.raises(ValueError, match="no such place"):
        mutated(found[0], "A = 5")


def test_tests_are_those_that_run_the_line() -> None:
    traces = {
        "t.py": {"loaded": ["a.py", "b.py"], "tests": {"t::x": {"seconds": 1.0, "lines": {"a.py": [1, 2]}}}},
        "u.py": {"loaded": ["a.py"], "tests": {"u::y": {"seconds": 2.0, "lines": {"a.py": [3]}}}},
        "v.py": {"loaded": ["d.py"], "tests": {"v::z": {"seconds": 3.0, "lines": {"e.py": [3]}}}},
        "w.py": {"loaded": ["d.py", "e.py"], "tests": {"w::constants": {"seconds": 4.0, "lines": {}}}},
    }
    assert covering(traces, "a.py", 3) == {"u.py": {"u::y": 2.0}}
    assert covering(traces, "a.py", 9) == {"t.py": {"t::x": 1.0}, "u.py": {"u::y": 2.0}}, "it runs on import"
    assert covering(traces, "b.py", 1) == {"t.py": {"t::x": 1.0}}
    assert covering(traces, "c.py", 1) == {}
    assert covering(traces, "e.py", 9) == {"v.py": {"v::z": 3.0}, "w.py": {"w::constants": 4.0}}
    assert covering(traces, "e.py", 3) == {"v.py": {"v::z": 3.0}}, "what runs in a test is no constant"
    assert covering(traces, "d.py", 9) == {"w.py": {"w::constants": 4.0}}


def test_processes_end_with_their_verdict_or_at_their_limit() -> None:
    def without_end() -> int:
        while True:
            pass

    def broken() -> int:
        raise SystemExit(0)

    pool = Pool(2)
    ended = pool.add("fine", lambda: 0, HANGS_S)
    ended += pool.add("one", lambda: 1, HANGS_S)
    ended += pool.add("broken", broken, HANGS_S)
    ended += pool.add("endless", without_end, 0.2)
    assert dict([*ended, *finish(pool)]) == {"fine": 0, "one": 1, "broken": BROKEN, "endless": None}


class Anything(dict[str, float]):
    """Seconds of whatever test: so few that its limit is half a second."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> float:
        return (0.5 - FEWEST_S) / TIMES_AS_LONG


@pytest.mark.slow
def test_what_a_process_has_left_open_is_not_the_fault_of_those_it_forks(tmp_path: Path) -> None:
    file = tmp_path / "test_fine.py"
    file.write_text("def test_fine():\n    pass\n")
    gc.disable()
    try:
        left: list[object] = [file.open()]
        left.append(left)
        del left
        pool = Pool(1)
        ended = pool.add("fine", partial(pytest.main, [*OPTIONS, str(file), "--rootdir", str(tmp_path)]), HANGS_S)
        assert dict([*ended, *finish(pool)]) == {"fine": 0}
    finally:
        gc.enable()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@pytest.mark.slow
def test_a_test_without_end_ends_the_process_and_no_other_does(tmp_path: Path) -> None:
    files = {"fine": "def test_fine():\n    pass\n", "endless": "def test_endless():\n    while True:\n        pass\n"}
    pool = Pool(1)
    ended: list[tuple[str, int | None]] = []
    for name, text in files.items():
        file = tmp_path / f"test_{name}.py"
        file.write_text(text)
        work = partial(pytest.main, [*OPTIONS, str(file), "--rootdir", str(tmp_path)], [Chosen(Anything())])
        ended += pool.add(name, work, HANGS_S)
    assert dict([*ended, *finish(pool)]) == {"fine": 0, "endless": -signal.SIGPROF}


def judged(codes: Mapping[str, int], cache: Path, monkeypatch: pytest.MonkeyPatch, digest: str = "a") -> dict[str, str]:
    """Verdicts by what a mutant changed, in a run in which its tests end with a code."""
    chosen = [mutant for mutant in mutants("a.py", "A = 5\nB = 17\n") if mutant.after in codes]
    monkeypatch.setattr(command, "attempt", lambda mutant, *_: codes[mutant.after])
    monkeypatch.setattr(command, "covering", lambda *_: {"t.py": {"t::x": 1.0}})
    monkeypatch.setattr(command, "_digest", lambda _: digest)
    verdicts = command._judge(chosen, {}, argparse.Namespace(cache=cache, anew=False, jobs=1, most=60.0))
    return {mutant.after: verdicts[mutant.key] for mutant in chosen}


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {"6": 1, "4": 0, "18": BROKEN}
    assert judged(codes, tmp_path, monkeypatch) == {"6": "killed", "4": "survived", "18": "not tried"}
    codes = {"6": 0, "4": 1, "18": 1}
    assert judged(codes, tmp_path, monkeypatch) == {"6": "killed", "4": "survived", "18": "killed"}
    assert judged(codes, tmp_path, monkeypatch, "other tests") == {"6": "killed", "4": "killed", "18": "killed"}


@pytest.mark.slow
def test_the_command_tells_what_is_noticed(tmp_path: Path) -> None:
    where = ["--where", "supertickets/schedule.py", "--tests", "tests/properties/test_schedule.py"]
    command = [sys.executable, "-m", "tests.mutants", *where, "--sample", "2", "--jobs", "1", "--cache", str(tmp_path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert "2 killed, 0 survived, 0 not covered, 0 equivalent: 100.0 % are killed" in told


def test_equivalent_mutants_are_mutants_still() -> None:
    paths = {key.partition(" | ")[0] for key in load()}
    known = {mutant.key for path in paths for mutant in mutants(path, (ROOT / path).read_text(encoding="utf-8"))}
    assert load().keys() <= known


def test_the_list_of_equivalents_wants_reasons(tmp_path: Path) -> None:
    for text in ('[[mutant]]\nkey = "a"\n', '[[mutant]]\nkey = "a"\nreason = " "\n'):
        (tmp_path / "a.toml").write_text(text)
        with pytest.raises(ValueError, match=r"a\.toml: an entry has a key of its own and a reason"):
            load(tmp_path / "a.toml")


def test_there_is_code_to_put_faults_into() -> None:
    assert all(_python_files(name, "*.py") for name in WHERE)


@pytest.mark.slow
def test_what_tests_share_counts_in_the_seconds_of_each(tmp_path: Path) -> None:
    """Else a test that is chosen alone, and has to set it up, would be taken for one without end."""
    file = tmp_path / "test_shared.py"
    file.write_text(
        "import time, pytest\n"
        "@pytest.fixture(scope='module')\ndef slow(): time.sleep(1)\n"
        "def test_first(slow): pass\ndef test_second(slow): pass\ndef test_other(): pass\n"
    )
    code = (
        "import json, sys; from pathlib import Path; from tests.mutants.covering import trace\n"
        "tests = trace(Path(sys.argv[1]), Path(sys.argv[2]))['tests']\n"
        "print(json.dumps({name.rpartition('_')[2]: about['seconds'] for name, about in tests.items()}))"
    )
    command = [sys.executable, "-c", code, str(file), str(tmp_path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds = json.loads(told.splitlines()[-1])
    assert seconds["other"] < 1 and all(1 <= seconds[name] < 2 for name in ("first", "second"))


def test_the_quickest_tests_of_all_files_are_taken() -> None:
    """A cheap file must not use up the seconds that the only test that notices a fault would need."""
    tests = {"quick.py": {"a": 2.0, "b": 2.0, "c": 2.0}, "slow.py": {"d": 0.1, "e": 1.0, "f": 50.0}}
    assert _within(tests, 5.0) == {"slow.py": {"d": 0.1, "e": 1.0}, "quick.py": {"a": 2.0}}
    assert _within({"slow.py": {"e": 9.0, "f": 8.0}}, 5.0) == {"slow.py": {"f": 8.0}}, "better than none"


def test_lines_that_a_thread_runs_belong_to_the_test_that_started_it(tmp_path: Path) -> None:
    path, names = tmp_path / "supertickets" / "a.py", {"__name__": "a"}
    exec(compile("def d():\n    return 1\n", str(path), "exec"), names)
    tracer, before = Tracer(tmp_path), sys.gettrace()
    running = tracer.pytest_runtest_protocol(SimpleNamespace(nodeid="test", fixturenames=()))
    next(running)
    thread = threading.Thread(target=names["d"])  # type: ignore[arg-type]
    thread.start()
    thread.join()
    with pytest.raises(StopIteration):
        next(running)
    sys.settrace(before)
    assert tracer.lines == {"test": {"supertickets/a.py": {1, 2}}}


def test_lines_of_an_import_belong_to_no_test(tmp_path: Path) -> None:
    """Else a constant had one test, the one that came first; modules and classes are read, functions run."""
    path = tmp_path / "supertickets" / "a.py"
    code = compile("A = 1\n\n\nclass B:\n    C = 2\n\n\ndef d():\n    return A\n", str(path), "exec")
    tracer, names = Tracer(tmp_path), {"__name__": "a"}
    before = sys.gettrace()
    sys.settrace(tracer._call)
    try:
        exec(code, names)
        names["d"]()  # type: ignore[operator]
    finally:
        sys.settrace(before)
    assert tracer._own == {str(path): {8, 9}}
