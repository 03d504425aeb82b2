"""Two processes use one store in any order, are killed in the middle of anything, meet full disks and damaged files.

Whatever happened: a reader sees a whole result of the right run, seed and device, or none; what was stored stays; and
after the next start nothing is left of those that were killed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bench.experiments import Run
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.store import Store
from bench.stored import digest
from tests.store_process import Fault, ForkServer, StoreProcess, result_of, state_of

SETTING = profile("embedded").setting("Cityscapes")
RUNS = [Run(step_for(method, Condition(SETTING, 90)), seed) for method, seed in (("pp", 0), ("pp", 1), ("pp_ir_s", 0))]

EXPECTED = re.compile(
    r"results|running|failures|damaged(/.*)?|results/[0-9a-f]{16}|results/[0-9a-f]{16}/seed-[0-9]+(/.*)?"
    r"|running/[0-9a-f]{16}-seed-[0-9]+(/checkpoint)?"
)
"""What may lie in a cache that nobody uses."""

FAULTS = st.one_of(st.none(), st.tuples(st.sampled_from(("kill", "full", "cut", "short")), st.integers(0, 40)))
PROCESSES, SOME_RUN = st.integers(0, 1), st.sampled_from(RUNS)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def contents(folder: Path) -> set[bytes]:
    """Of all regular files below it."""
    return {path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


@dataclass
class Model:
    """What has to be there for a run.

    Attributes:
        stored: a result, and nobody has damaged it since.
        states: epochs that its checkpoint may be of; None among them where there may be none.
    """

    stored: bool
    states: set[int | None]


class Machine(RuleBasedStateMachine):
    """Commands of two processes, and what the model makes of them."""

    server: ClassVar[ForkServer]

    @initialize()
    def start(self) -> None:
        self.cache = Path(mkdtemp())
        self.environment = Environment(self.cache, None)
        self.store = Store(self.environment, lambda _: None)
        self.processes = [self.another() for _ in range(2)]
        self.model = {run: Model(False, {None}) for run in RUNS}
        self.damaged: set[bytes] = set()

    def teardown(self) -> None:
        for process in getattr(self, "processes", ()):
            process.kill()
        if hasattr(self, "cache"):
            shutil.rmtree(self.cache)

    def another(self) -> StoreProcess:
        return StoreProcess(self.server, self.cache, {run.id: self.store._known(run) for run in RUNS})

    def owner(self, run: Run) -> int | None:
        return next((number for number, process in enumerate(self.processes) if run in process.claimed), None)

    def free_for(self, number: int, run: Run) -> bool:
        """Whether the process would not have to wait for the other."""
        return self.owner(run) in (None, number)

    def over(self, number: int, outcome: str) -> bool:
        """Whether a command was carried out; a killed process is replaced."""
        if outcome == "killed":
            self.processes[number].kill()
            self.processes[number] = self.another()
        return outcome == "done"

    def saved(self, run: Run, done: bool) -> None:
        model = self.model[run]
        model.stored |= done
        model.states = {None} if done else model.states | {None}

    @rule(number=PROCESSES, run=SOME_RUN, variant=st.integers(0, 1), fault=FAULTS)
    def save(self, number: int, run: Run, variant: int, fault: Fault) -> None:
        if self.free_for(number, run):
            outcome, _ = self.processes[number].do("save", run, variant, fault=fault)
            self.saved(run, self.over(number, outcome))

    @rule(run=SOME_RUN, fault=FAULTS)
    def both_save(self, run: Run, fault: Fault) -> None:
        if self.owner(run) is None:
            for number, process in enumerate(self.processes):
                process.begin("save", run, number, fault=None if number else fault)
            outcomes = [process.end()[0] for process in self.processes]
            assert outcomes[1] == "done", "whatever happens to the other"
            for number, outcome in enumerate(outcomes):
                self.over(number, outcome)
            self.saved(run, done=True)

    @rule(number=PROCESSES, run=SOME_RUN, epoch=st.integers(1, 9), fault=FAULTS)
    def save_checkpoint(self, number: int, run: Run, epoch: int, fault: Fault) -> None:
        if self.free_for(number, run):
            outcome, _ = self.processes[number].do("save checkpoint", run, epoch, fault=fault)
            states = self.model[run].states
            self.model[run].states = {epoch} if self.over(number, outcome) else states | {epoch}

    @rule(number=PROCESSES, run=SOME_RUN)
    def load_checkpoint(self, number: int, run: Run) -> None:
        if self.free_for(number, run):
            outcome, state = self.processes[number].do("load checkpoint", run)
            allowed = [None if epoch is None else state_of(run, epoch) for epoch in self.model[run].states]
            assert outcome == "done" and state in allowed

    @rule(number=PROCESSES, run=SOME_RUN, fault=FAULTS)
    def claim(self, number: int, run: Run, fault: Fault) -> None:
        if self.owner(run) is None and self.over(number, self.processes[number].do("claim", run, fault=fault)[0]):
            self.processes[number].claimed.add(run)

    @rule(number=PROCESSES, run=SOME_RUN, killed=st.booleans())
    def hand_over(self, number: int, run: Run, killed: bool) -> None:
        """One waits for the other's run, and has it as soon as the other gives it up or dies."""
        if self.owner(run) == number:
            waiting = self.processes[1 - number]
            waiting.begin("claim", run)
            if killed:
                self.processes[number].kill()
                self.processes[number] = self.another()
            else:
                assert self.processes[number].do("release", run)[0] == "done"
                self.processes[number].claimed.discard(run)
            assert waiting.end()[0] == "done"
            waiting.claimed.add(run)

    @rule(run=SOME_RUN, name=st.sampled_from(("result.json", "ticket.safetensors")),
          damage=st.sampled_from((cut, altered, pipe, link, Path.unlink)))  # fmt: skip
    def damage(self, run: Run, name: str, damage: Callable[[Path], None]) -> None:
        path = self.store.path(run, name)
        if path.is_file():
            self.damaged.discard(path.read_bytes())
            damage(path)
            self.model[run].stored = False
            if path.is_file():
                self.damaged.add(path.read_bytes())

    @rule(run=SOME_RUN, other=SOME_RUN, device=st.sampled_from(("cpu", "cuda")))
    def copy_of_another(self, run: Run, other: Run, device: str) -> None:
        theirs = Store(replace(self.environment, device=device))
        if run == other and device == "cpu":
            return
        if device == "cuda":
            theirs.save(other, *result_of(other, 0))
        if self.model[other].stored or device == "cuda":
            self.damaged -= contents(self.store.folder(run))
            shutil.rmtree(self.store.folder(run), ignore_errors=True)
            shutil.copytree(theirs.folder(other), self.store.folder(run))
            self.model[run].stored = False

    @rule(run=SOME_RUN)
    def damaged_checkpoint(self, run: Run) -> None:
        for path in self.cache.glob(f"running/*-seed-{run.seed}/checkpoint"):
            if self.store._checkpoint(run) == path:
                cut(path)
                self.model[run].states = {None}

    @rule(time=st.sampled_from((0, 4_000_000_000)))
    def the_clock_is_wrong(self, time: int) -> None:
        for path in self.cache.rglob("*"):
            os.utime(path, (time, time), follow_symlinks=False)

    @precondition(lambda self: hasattr(self, "processes"))
    @rule(number=PROCESSES, fault=FAULTS)
    def start_again(self, number: int, fault: Fault) -> None:
        """After it, nothing is left of those that were killed; what the other process has is left alone."""
        self.processes[number].kill()
        self.processes[number] = self.another()
        if fault is not None:
            self.over(number, self.processes[number].do("tidy", fault=fault)[0])
        assert self.processes[number].do("tidy")[0] == "done"
        held = {self.store._checkpoint(run).parent.name + ".lock" for run in self.processes[1 - number].claimed}
        left = {path.relative_to(self.cache).as_posix() for path in self.cache.rglob("*")}
        assert {f"running/{name}" for name in held} <= left
        unexpected = [path for path in left - {f"running/{name}" for name in held} if not EXPECTED.fullmatch(path)]
        empty = [
            path
            for path in left
            if path.count("/") == 1 and path[:2] == "re" and not any((self.cache / path).iterdir())
        ]
        assert not unexpected and not empty
        for run, model in self.model.items():
            if model.stored and self.owner(run) is None:
                assert not self.store._checkpoint(run).exists(), "of a finished run"
                model.states = {None}

    @invariant()
    def a_reader_sees_all_or_nothing(self) -> None:
        for run, model in self.model.items() if hasattr(self, "model") else ():
            result = self.store.load(run)
            assert result is not None or not model.stored
            if result is not None:
                expected, files = result_of(run, result.numbers["variant"])
                assert replace(result, files={}) == expected
                assert result.files == {name: digest(content) for name, content in files.items()}
                assert all(self.store.path(run, name).read_bytes() == content for name, content in files.items())

    @invariant()
    def nobody_deletes_what_is_damaged(self) -> None:
        if getattr(self, "damaged", None):
            assert self.damaged <= contents(self.cache / "results") | contents(self.cache / "damaged")


@pytest.fixture(autouse=True)
def server() -> Iterator[None]:
    """What all processes are forked from."""
    with ForkServer() as Machine.server:
        yield


@pytest.mark.fast
def test_any_history() -> None:
    run_state_machine_as_test(Machine, settings=settings(max_examples=6))


@pytest.mark.slow
def test_many_histories() -> None:
    run_state_machine_as_test(Machine, settings=settings(max_examples=300, stateful_step_count=40))
