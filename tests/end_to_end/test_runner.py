"""The runner: one run's failure keeps the others, parents come first, what died is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bench.stages.compute import Place
from bench.stages.prune import Prune
from bench.stages.retrain import Retrain
from bench.stages.search import Search

from bench.experiments import Run
from bench.methods import Cell, stage_for
from bench.profiles import profile
from bench.runner import Failure, Runner
from bench.settings import Setting
from bench.store import Store
from tests.end_to_end.tiny_tables import tiny

pytestmark = pytest.mark.slow


class Notes:
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.finished: list[Run] = []
        self.failed: dict[Run, str] = {}
        self.said: list[str] = []

    def begin(self, runs: int, work: float) -> None:
        self.runs = runs

    def advance(self, run: Run, epoch: int, epochs: int, done: float) -> None:
        pass

    def finish(self, run: Run, done: float, seconds: float) -> None:
        self.finished.append(run)

    def fail(self, run: Run, reason: str) -> None:
        self.failed[run] = reason

    def say(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def runner(tmp_path: Path, notes: Notes) -> Runner:
    return Runner(Place(tmp_path, None), Store(tmp_path, notes.say), 2, notes)


def setting() -> Setting:
    return tiny(profile("embedded").setting("Cityscapes"))


def run(method: str, setting: Setting, source: Setting | None = None) -> Run:
    return Run(stage_for(method, Cell(setting, 90, source)), 0)


def test_a_diverging_run_loses_only_what_builds_on_it(runner: Runner, notes: Notes) -> None:
    good = setting()
    wild = replace(good, recipe=replace(good.recipe, optimization=replace(good.recipe.optimization, lr=1e30)))
    sound, broken = run("pp", good), run("sp_mag_rt", wild)
    failures = runner.run([[broken, sound]])
    assert runner.stored(sound) is not None
    assert runner.stored(broken) is None
    [pruned] = broken.parents
    [search] = pruned.parents
    assert set(failures) == {search, pruned, broken}
    assert "lower the learning rate" in failures[search].reason
    assert "failed" in failures[broken].reason
    assert len(list(runner.store.cache.glob("failures/*.json"))) == 3
    stages = runner.store.cache / "stages"
    assert list(stages.glob("*/seed-0")) and not list(stages.glob("*/.*")), "nothing unfinished is left"


def test_parents_run_once_and_first(runner: Runner, notes: Notes) -> None:
    wanted = [run(key, setting()) for key in ("sp_mag_rt", "sp_mag", "sp_rand", "sp_grad")]
    assert not runner.run([wanted])
    kinds = [type(run.stage) for run in notes.finished]
    assert kinds.count(Search) == 1
    assert kinds.count(Prune) == 3
    assert kinds.count(Retrain) == 1
    assert kinds[0] is Search
    assert runner.missing(wanted) == []
    assert {round(runner.stored(run).sparsity) for run in wanted} == {90}  # type: ignore[union-attr]


def test_a_stored_child_does_not_need_its_parent(runner: Runner) -> None:
    pruned = run("sp_mag", setting())
    assert not runner.run([[pruned]])
    runner.store.discard(pruned.parents[0])
    assert runner.missing([pruned]) == []


def test_batches_share_runs_and_are_settled_as_soon_as_they_can(runner: Runner, notes: Notes) -> None:
    good = setting()
    wild = replace(good, recipe=replace(good.recipe, optimization=replace(good.recipe.optimization, lr=1e30)))
    pruned, retrained, broken = run("sp_mag", good), run("sp_mag_rt", good), run("pp", wild)
    later = run("pp_ir_s", good)
    assert not runner.run([[pruned]])
    notes.finished.clear()
    runner.jobs = 1
    heard: list[tuple[int, int, set[Run]]] = []

    def settled(number: int, failures: dict[Run, Failure]) -> None:
        heard.append((number, len(notes.finished), set(failures)))

    failures = runner.run([[broken, retrained], [pruned], [retrained], [later, broken]], settled)
    assert set(failures) == {broken}
    assert heard[0] == (1, 0, set()), "nothing is missing for it"
    numbers = [number for number, _, _ in heard]
    assert sorted(numbers) == [0, 1, 2, 3]
    assert numbers.index(2) < numbers.index(3), "later batches come later"
    assert {number: lost for number, _, lost in heard}[0] == {broken}
    assert notes.finished == [retrained, later], "every run once and in the order of the batches, none that is stored"
    assert notes.runs == 3
