"""What `torchrun` starts: who speaks, what is refused, and which way of computing is another experiment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bench.__main__ import main as suite
from bench.experiments import Run
from bench.identity import Environment, identity_of, key_of
from bench.methods import Condition, step_for
from bench.profiles import profile
from paper_tables import environment
from paper_tables.__main__ import main as tables
from paper_tables.arguments import check, parser
from paper_tables.environment import environment_of
from paper_tables.usage import UsageError
from supertickets.computing import Computing
from supertickets.launch import Launch, launched
from supertickets.loading import Loading

pytestmark = pytest.mark.fast

RUN = Run(step_for("pp", Condition(profile("embedded").setting("Cityscapes"), 90)), 0)
PLAIN = Environment(Path("cache"), None)


@pytest.fixture(params=[0, 1])
def rank(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """This process as one of two on this machine."""
    number = str(request.param)
    given = {"RANK": number, "WORLD_SIZE": "2", "LOCAL_RANK": number, "LOCAL_WORLD_SIZE": "2"}
    for name, value in {"TORCHELASTIC_RUN_ID": "none", **given}.items():
        monkeypatch.setenv(name, value)
    found: int = request.param
    return found


def test_the_environment_says_who_one_is(rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert launched() == Launch(rank, 2, rank, 2)
    monkeypatch.delenv("TORCHELASTIC_RUN_ID")
    assert launched() is None, "a variable of the same name may mean something else"


def test_what_one_process_does_is_refused(rank: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert suite(["cost"]) == 2
    said = "error: cost is done by one process: start it without torchrun\n"
    assert capsys.readouterr() == ("", "" if rank else said)


def test_a_wrong_argument_is_said_by_one(rank: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        tables(["--precision", "float8"])
    said = capsys.readouterr().err
    assert ("float8" in said) == (not rank) and bool(said) == (not rank)


def test_processes_that_compute_together_have_one_job(rank: int) -> None:
    given = parser().parse_args(["--list"])
    check(given)
    assert given.jobs == 1
    with pytest.raises(UsageError, match="--jobs: all processes of torchrun compute one run at a time"):
        check(parser().parse_args(["--list", "--jobs", "2"]))


def loading(*arguments: str) -> Loading:
    given = parser().parse_args(["--list", *arguments])
    check(given)
    return environment_of(given).loading


def test_processes_of_a_machine_share_its_cores_and_the_memory_for_pictures(
    rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "usable_cores", lambda: 16)
    assert (loading("--keep", "20G").workers, loading("--keep", "20G").kept_bytes) == (8, 10 * 10**9)
    assert loading("--workers", "3").workers == 3, "of each process"


def test_runs_at_a_time_share_cores_and_each_has_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "usable_cores", lambda: 16)
    found = loading("--jobs", "4", "--keep", "20G")
    assert (found.workers, found.kept_bytes) == (4, 20 * 10**9)
    assert loading("--engine", "ray", "--jobs", "4").workers == 1, "of other machines, whose cores are not known"


def test_pictures_for_a_gpu_lie_in_memory_that_it_reads_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert not loading("--device", "cpu").pinned and loading("--device", "cuda").pinned
    assert loading("--engine", "ray", "--gpus", "0.5").pinned and not loading("--engine", "ray").pinned


def identity(processes: int = 1, **computing: object) -> str:
    given = replace(PLAIN, processes=processes, computing=Computing(**computing))  # type: ignore[arg-type]
    return key_of(identity_of(RUN, given, {}))


def test_processes_are_part_of_an_identity_where_each_normalises_for_itself() -> None:
    """Any number that normalises together may go on with what any other has begun, and with what was stored before."""
    assert set(identity_of(RUN, PLAIN, {})) == {"id", "data", "device", "torch"}
    assert identity() == identity(processes=2) == identity(processes=8) == key_of(identity_of(RUN, PLAIN, {}))
    others = [
        identity(2, statistics="local"), identity(4, statistics="local"), identity(parts=2), identity(parts=4),
        identity(2, parts=2, statistics="local"), identity(precision="bfloat16"), identity(precision="float16"),
        identity(parts=2, precision="float16"),
    ]  # fmt: skip
    assert len({identity(), *others}) == len(others) + 1
    assert identity(statistics="local") == identity(), "one process has the whole batch"
    assert identity(8, parts=2) == identity(parts=2)
