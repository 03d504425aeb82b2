"""The runner: one run's failure keeps the others, parents come first, what died is named."""

from __future__ import annotations

import errno
import gc
import multiprocessing.forkserver
import os
import shutil
import signal
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.engines import EngineError
from bench.engines import local as local_engine
from bench.engines.local import LocalProcesses
from bench.engines.sockets import use_own_folder
from bench.engines.together import LeadingProcess
from bench.experiments import Run
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.runner import Failures, Runner
from bench.settings import Setting
from bench.steps.count import Count
from bench.steps.evaluate import Evaluate
from bench.steps.prune import Prune
from bench.steps.retrain import Retrain
from bench.steps.search import Search
from bench.store import Store
from bench.time_left import TimeLeft
from supertickets.evaluation import EvaluationProtocol
from supertickets.parallel import SINGLE
from supertickets.scratch import scratch
from tests.end_to_end.tiny_tables import tiny

pytestmark = pytest.mark.slow


class Notes:
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.finished: list[Run] = []
        self.failed: dict[Run, str] = {}
        self.said: list[str] = []

    def begin(self, time_left: TimeLeft, stored: int) -> None:
        self.time_left, self.stored = time_left, stored

    def advance(self, run: Run, epoch: int, epochs: int) -> None:
        pass

    def finish(self, run: Run, seconds: float) -> None:
        self.finished.append(run)

    def fail(self, run: Run, reason: str) -> None:
        self.failed[run] = reason

    def say(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture
def notes() -> Notes:
    return Notes()


def local(cache: Path, notes: Notes, jobs: int = 2) -> Runner:
    environment = Environment(cache, None)
    return Runner(Store(environment, notes.say), lambda: LocalProcesses(environment, jobs), notes)


@pytest.fixture
def runner(tmp_path: Path, notes: Notes) -> Runner:
    return local(tmp_path, notes)


def ignore(_number: int, _failures: Failures) -> None:
    """For batches that nothing follows from."""


def setting() -> Setting:
    return tiny(profile("embedded").setting("Cityscapes"))


def diverging() -> Setting:
    good = setting()
    recipe = good.problem.recipe
    wild = replace(recipe, optimization=replace(recipe.optimization, lr=1e30))
    return replace(good, problem=replace(good.problem, recipe=wild))


def run(method: str, setting: Setting, source: Setting | None = None) -> Run:
    return Run(step_for(method, Condition(setting, 90, source)), 0)


def measured(trained: Run) -> list[Run]:
    """What a table asks of a ticket."""
    return [Run(step, trained.seed) for step in (Evaluate(trained.step, EvaluationProtocol()), Count(trained.step))]


def test_a_diverging_run_loses_only_what_builds_on_it(runner: Runner, notes: Notes) -> None:
    sound, broken = run("pp", setting()), run("sp_mag_rt", diverging())
    scored, counted = measured(broken)
    failures = runner.run([[scored, counted, *measured(sound)]], ignore)
    assert all(runner.stored(one) is not None for one in (sound, *measured(sound)))
    [pruned] = broken.parents
    [search] = pruned.parents
    assert set(failures) == {search, pruned, broken, scored, counted}
    assert all(runner.stored(one) is None for one in failures)
    assert "lower the learning rate" in failures[search]
    assert failures[broken] == f"not attempted: {pruned.label} failed"
    assert len(list(runner.store.cache.glob("failures/*.json"))) == 5 and set(notes.failed) == set(failures)
    results = runner.store.cache / "results"
    assert list(results.glob("*/seed-0")) and not list(results.glob("*/.*")), "nothing unfinished is left"


def test_parents_run_once_and_first(runner: Runner, notes: Notes) -> None:
    tickets = [run(key, setting()) for key in ("sp_mag_rt", "sp_mag", "sp_rand", "sp_grad")]
    wanted = [one for ticket in tickets for one in measured(ticket)]
    assert not runner.run([wanted], ignore)
    kinds = [type(run.step) for run in notes.finished]
    assert [kinds.count(kind) for kind in (Search, Prune, Retrain, Evaluate, Count)] == [1, 3, 1, 4, 4]
    assert kinds[0] is Search
    assert not runner.run([wanted], ignore) and len(notes.finished) == len(kinds), "nothing is computed twice"
    results = [runner.stored(one) for one in wanted if isinstance(one.step, Count)]
    assert {round(result.numbers["sparsity_percent"]) for result in results if result} == {90}


def test_a_stored_child_does_not_need_its_parent(runner: Runner, notes: Notes) -> None:
    pruned = run("sp_mag", setting())
    assert not runner.run([[pruned]], ignore)
    shutil.rmtree(runner.store.folder(pruned.parents[0]))
    assert not runner.run([[pruned]], ignore) and notes.finished == [pruned.parents[0], pruned], "each computed once"


def test_a_damaged_result_is_computed_again_to_the_same_bits(runner: Runner, notes: Notes) -> None:
    pruned = run("sp_mag", setting())
    assert not runner.run([[pruned]], ignore)
    path = runner.store.path(pruned, "ticket.safetensors")
    before = path.read_bytes()
    purpose = runner.store.ticket(pruned).purpose
    assert purpose and (purpose.task, len(purpose.names)) == ("segmentation", pruned.step.problem.task.outputs)
    assert purpose.image_size == pruned.step.problem.recipe.image_size
    path.write_bytes(before[:-7])
    assert not runner.run([[pruned]], ignore)
    assert sum("is damaged: put aside, to be computed again if it is needed" in text for text in notes.said) == 1
    assert path.read_bytes() == before and notes.finished[-1] == pruned and len(notes.finished) == 3


def test_another_protocol_scores_the_same_ticket_and_trains_nothing(runner: Runner, notes: Notes) -> None:
    ticket = run("pp_ir_s_rt", setting())
    first, *_ = measured(ticket)
    other = Run(Evaluate(ticket.step, EvaluationProtocol("as trained")), 0)
    assert not runner.run([[first]], ignore)
    assert [run.step.epochs for run in notes.finished] == [10, 2, 0]
    notes.finished.clear()
    assert not runner.run([[first, other]], ignore)
    assert notes.finished == [other], "the ticket is read, not trained again"
    scores = [result.numbers for run in (first, other) if (result := runner.stored(run))]
    assert scores[0].keys() == scores[1].keys() and scores[0] != scores[1]


def test_batches_share_runs_and_are_settled_as_soon_as_they_can(tmp_path: Path, notes: Notes) -> None:
    runner = local(tmp_path, notes, jobs=1)
    good = setting()
    pruned, retrained, broken = run("sp_mag", good), run("sp_mag_rt", good), run("pp", diverging())
    later = run("pp_ir_s", good)
    assert not runner.run([[pruned]], ignore)
    notes.finished.clear()
    heard: list[tuple[int, int, set[Run]]] = []

    def settled(number: int, failures: Failures) -> None:
        heard.append((number, len(notes.finished), set(failures)))

    failures = runner.run([[broken, retrained], [pruned], [retrained], [later, broken]], settled)
    assert set(failures) == {broken}
    assert heard[0] == (1, 0, set()), "nothing is missing for it"
    numbers = [number for number, _, _ in heard]
    assert sorted(numbers) == [0, 1, 2, 3]
    assert numbers.index(2) < numbers.index(3), "later batches come later"
    assert {number: lost for number, _, lost in heard}[0] == {broken}
    assert notes.finished == [retrained, later], "every run once and in the order of the batches, none that is stored"
    assert (len(notes.time_left.runs), notes.stored) == (3, 1), (
        "the pruned ticket; what it was made of is not asked for"
    )


def test_a_fork_server_that_is_killed_is_replaced(tmp_path: Path, notes: Notes) -> None:
    runner = local(tmp_path, notes)
    assert not runner.run([[run("sp_mag", setting())]], ignore)
    server = multiprocessing.forkserver._forkserver  # type: ignore[attr-defined]
    engine = LocalProcesses(runner.store.environment, 1)
    os.kill(server._forkserver_pid, signal.SIGSTOP)  # it lives, so that nobody starts another, and answers nothing
    killed = threading.Timer(0.5, os.kill, (server._forkserver_pid, signal.SIGKILL))
    killed.start()
    engine.start([run("sp_rand", setting())])
    assert [type(event) for event in engine.events()] and server._forkserver_pid
    engine.stop()


def test_a_fork_server_that_takes_long_to_end_is_waited_for(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sockets are closed already, and it cannot be seen to have ended."""
    engine = LocalProcesses(local(tmp_path, notes).store.environment, 1)
    servers: Any = multiprocessing.forkserver._forkserver
    ending, connect = servers._forkserver_pid, multiprocessing.forkserver.connect_to_new_process
    refused = []

    def refusing(descriptors: list[int]) -> object:
        if servers._forkserver_pid != ending:
            return connect(descriptors)
        refused.append(threading.Timer(0.5, os.kill, (ending, signal.SIGKILL)))
        refused[-1].start()
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(multiprocessing.forkserver, "connect_to_new_process", refusing)
    engine.start([run("sp_rand", setting())])
    assert len(refused) == 1, "it is not asked again before it has ended"
    assert [type(event) for event in engine.events()]
    engine.stop()


def test_a_fork_server_that_never_ends_is_given_up(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(_descriptors: list[int]) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(local_engine, "LONGEST_END_S", 0.0)
    engine = LocalProcesses(local(tmp_path, notes).store.environment, 1)
    monkeypatch.setattr(multiprocessing.forkserver, "connect_to_new_process", refusing)
    with pytest.raises(ChildProcessError, match=r"no process can be started, .* is memory short"):
        engine.start([run("sp_rand", setting())])


def test_a_folder_for_sockets_that_cannot_be_used_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with pytest.raises(OSError, match="is too long a path for sockets: set TMPDIR to a shorter one"):
        use_own_folder.__wrapped__()
    assert not list(deep.glob("*/*"))
    [own] = deep.iterdir()
    own.chmod(0o777)
    with pytest.raises(OSError, match="is not a folder of your own: remove it, or set TMPDIR"):
        use_own_folder.__wrapped__()


def test_what_a_killed_command_left_goes_when_nothing_is_to_be_computed(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    parent = tmp_path / f"supertickets-{os.getuid()}"
    left = parent / f".{'0' * 16}.scratch"
    (left / "content").mkdir(parents=True)
    runner = local(tmp_path / "cache", notes)
    with scratch(parent) as of_another:
        assert runner.run([[]], ignore) == {}
        assert not left.exists() and of_another.parent.is_dir()
    assert runner.run([[]], ignore) == {}
    assert not parent.exists()


def together(cache: Path, notes: Notes) -> Runner:
    """The engine of many processes, of which there is one."""
    environment = Environment(cache, None)
    return Runner(Store(environment, notes.say), lambda: LeadingProcess(environment, SINGLE), notes)


@pytest.mark.filterwarnings("ignore:.*(nothing is kept of|nothing was searched)")  # runs are threads of this process
def test_the_engine_of_many_processes_outlives_a_run_that_diverges(tmp_path: Path, notes: Notes) -> None:
    runner, broken, sound = together(tmp_path, notes), run("pp", diverging()), run("pp", setting())
    failures = runner.run([[broken], measured(sound)], ignore)
    assert set(failures) == {broken} and "lower the learning rate" in failures[broken]
    assert all(runner.stored(one) is not None for one in (sound, *measured(sound)))


def test_the_engine_of_many_processes_ends_after_any_other_error(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other processes may be anywhere."""
    monkeypatch.setattr(Search, "compute", lambda *_: 1 / 0)
    runner, first, second = together(tmp_path, notes), run("pp", setting()), run("pp_ir_s", setting())
    with pytest.raises(EngineError, match="have lost each other: start it again"):
        runner.run([[first, second]], ignore)
    assert "division by zero" in notes.failed[first] and second not in notes.failed


def test_a_forked_process_leaves_the_folder_for_sockets_alone() -> None:
    use_own_folder()
    folder = Path(multiprocessing.util.get_temp_dir())
    assert folder.is_dir()
    forked = multiprocessing.get_context("fork").Process(target=gc.collect)
    forked.start()
    forked.join()
    assert folder.is_dir()
