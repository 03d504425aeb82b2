"""The command of the tables on a Ray cluster of this machine: what it leaves is what the local engine leaves."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.engines import Ended, EngineError, Said, nodes, ray, ray_cluster
from bench.engines.jobs import Job
from bench.experiments import Run
from bench.identity import Environment
from bench.methods import Condition, step_for
from paper_tables.arguments import check, parser
from paper_tables.usage import UsageError
from tests.end_to_end.shared_command import ONE_ROW, csv, run, start, tickets, with_data
from tests.end_to_end.tiny_command import HERE, ROOT
from tests.end_to_end.tiny_tables import tiny_profile
from tests.patience import HANGS_S, wait_until

pytestmark = pytest.mark.slow

TWO_SEEDS = ("--table", "one-row", "--seeds", "2")
EPOCHS = 2 * 10
"""Of both seeds."""


@dataclass(frozen=True)
class Cluster:
    """One that `ray_cluster.py` has started."""

    process: subprocess.Popen[str]
    address: str

    @property
    def engine(self) -> tuple[str, ...]:
        """Arguments that choose it, as far as it can load the suite."""
        return ("--engine", "ray", "--address", self.address, "--ray-resource", "whole")

    def actors(self) -> dict[str, int]:
        """Node -> actors that it has had."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        found: dict[str, int] = json.loads(self.process.stdout.readline())
        return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("ray", reason="Ray is not installed: uv sync --group ray")
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "shadow" / "bench").mkdir(parents=True)
    (folder / "shadow" / "bench" / "__init__.py").write_text("raise ModuleNotFoundError('no suite')\n")
    variables = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
    with subprocess.Popen(
        [sys.executable, str(HERE / "ray_cluster.py"), str(folder / "shadow")],
        env={**os.environ, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield Cluster(process, process.stdout.readline().strip())
        process.communicate(timeout=HANGS_S)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the local engine leaves."""
    folder = tmp_path_factory.mktemp("here")
    ended = run(folder, *TWO_SEEDS)
    assert ended.code == 0, ended.output
    return folder


def left(folder: Path) -> list[str]:
    """What is left of processes in a cache."""
    return [path.name for path in (folder / "cache" / "running").iterdir()]


def test_two_nodes_leave_what_this_machine_leaves(cluster: Cluster, here: Path, tmp_path: Path) -> None:
    before = cluster.actors()
    ended = run(with_data(tmp_path, here), *TWO_SEEDS, *cluster.engine)
    assert ended.code == 0, ended.output
    assert csv(tmp_path) == csv(here) and tickets(tmp_path) == tickets(here) != {}
    after = cluster.actors()
    grown = {node for node, count in after.items() if count > before.get(node, 0)}
    assert len(grown) == 2, "each of the two nodes that have the resource, and no other"
    assert not left(tmp_path)


def test_a_killed_process_costs_its_epoch_alone(cluster: Cluster, here: Path, tmp_path: Path) -> None:
    folder = with_data(tmp_path, here)
    ended = run(folder, *TWO_SEEDS, *cluster.engine, fault=f"kill 0 6 {tmp_path / 'killed'}")
    assert ended.code == 0, ended.output
    assert ended.output.count("its process was lost; another one goes on from its last epoch") == 1
    assert len((tmp_path / "killed.epochs").read_text().split()) == EPOCHS, "no epoch is trained twice"
    assert csv(folder) == csv(here) and tickets(folder) == tickets(here)
    assert not left(folder)


def test_a_run_that_fails_is_told_as_by_the_local_engine(cluster: Cluster, here: Path, tmp_path: Path) -> None:
    folder = with_data(tmp_path, here)
    ended = run(folder, *ONE_ROW, *cluster.engine, fault=f"raise 0 6 {tmp_path / 'raised'}")
    assert ended.code == 1
    assert ended.output.count("RuntimeError: a fault that only one process has (details in ") == 1, ended.output
    reasons = [json.loads(path.read_text())["reason"] for path in (folder / "cache" / "failures").glob("*.json")]
    assert any("Traceback" in reason and "in faulty" in reason for reason in reasons)
    assert len(reasons) > 1 and all("Traceback" in one or one.startswith("not attempted: ") for one in reasons)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_command_and_processes(
    number: signal.Signals, cluster: Cluster, here: Path, tmp_path: Path
) -> None:
    folder, file = with_data(tmp_path, here), tmp_path / "hung"
    with start(folder, *ONE_ROW, *cluster.engine, FAULT=f"hang 0 6 {file}") as command:
        try:
            wait_until(lambda: command.poll() is not None or (file.is_file() and file.read_text() != ""))
            command.send_signal(number)
            output, _ = command.communicate(timeout=HANGS_S)
        finally:
            command.kill()
    assert command.returncode == 128 + number and "Traceback" not in output, output
    assert output.splitlines()[-1].endswith("the same command goes on from the last finished epochs")
    wait_until(lambda: not Path("/proc", file.read_text()).exists())


def test_a_node_without_the_suite_is_named(cluster: Cluster, tmp_path: Path) -> None:
    ended = run(tmp_path, *ONE_ROW, *cluster.engine[:-1], "bare")
    assert ended.code == 1
    assert f"error: node {socket.gethostname()} of the Ray cluster cannot load the suite (" in ended.output
    assert "no suite): install it there as here" in ended.output and "Traceback" not in ended.output


def test_a_node_with_another_store_is_named(cluster: Cluster, tmp_path: Path) -> None:
    """A path that means something else in every process."""
    ended = run(tmp_path, *ONE_ROW, *cluster.engine, SUPERTICKETS_CACHE="/proc/self/cwd/cache")
    assert ended.code == 1
    assert "differs: cache folder /proc/self/cwd/cache is 'another one' there and 'shared' here" in ended.output


def test_a_node_with_other_data_sets_is_named(tmp_path: Path) -> None:
    environment, token = Environment(tmp_path / "cache", tmp_path / "data"), tmp_path / "token"
    (tmp_path / "data" / "camvid").mkdir(parents=True)
    ours = nodes.seen(environment, token)
    nodes.compare("there", ours, nodes.seen(environment, token))
    (tmp_path / "data" / "lsp_pose").mkdir()
    with pytest.raises(
        EngineError, match=r"node there .* data below .*/data is 'camvid lsp_pose' there and 'camvid' h"
    ):
        nodes.compare("there", ours, nodes.seen(environment, token))


def test_a_node_whose_data_differ_computes_nothing(tmp_path: Path) -> None:
    """Its result would be another run's."""
    wanted, told = Run(step_for("pp", Condition(tiny_profile().setting("Cityscapes"), 90)), 0), []
    ray.work_off_here([wanted], Environment(tmp_path, tmp_path), ["0" * 16], lambda *heard: told.append(heard))
    assert told == [("over", f"{socket.gethostname()} has other data below {tmp_path}: copy them there anew")]


def test_a_resource_that_no_node_has_is_named(cluster: Cluster, tmp_path: Path) -> None:
    ended = run(tmp_path, *ONE_ROW, *cluster.engine[:-1], "nowhere")
    assert ended.code == 1
    assert "error: no node of the Ray cluster has what a run needs (1 CPU, 0.001 nowhere)" in ended.output


def answer_once(listening: socket.socket, answer: bytes, connections: list[socket.socket]) -> None:
    connections.append(listening.accept()[0])
    connections[0].sendall(answer)


@pytest.mark.parametrize("answer", [None, b"", b"HTTP/1.1 400 Bad Request"], ids=["nobody", "silent", "another"])
def test_an_address_where_no_cluster_answers_is_refused(
    answer: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: uv sync --group ray")
    monkeypatch.setattr(ray_cluster, "CONNECTS_S", 0.5)
    connections: list[socket.socket] = []
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if answer is not None:
            other.listen()
            threading.Thread(target=answer_once, args=(other, answer, connections)).start()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(EngineError, match=f"--address {address}: no Ray cluster answers .*`ray start` printed"):
            ray_cluster.joined(address, Environment(tmp_path, None))
        for connection in connections:
            connection.close()


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ("--address auto", "--address: is for a cluster; add --engine ray"),
        ("--gpus 0.5", "--gpus: is for a cluster"),
        ("--ray-resource here", "--ray-resource: is for a cluster"),
        ("--engine ray --device cuda:1", "--device cuda:1: say --gpus 1 for GPUs of the cluster"),
        ("--engine ray --device cuda", "--device cuda: say --gpus 1"),
        ("--engine ray --gpus 1 --device cpu", "--device cpu: say --gpus 1"),
    ],
)
def test_options_that_contradict_each_other_are_refused(given: str, answer: str) -> None:
    with pytest.raises(UsageError, match=answer):
        check(parser().parse_args(["--table", "ablation", *given.split()]))


def test_an_engine_under_torchrun_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "0")
    with pytest.raises(UsageError, match="--engine: the processes of torchrun compute by themselves"):
        check(parser().parse_args(["--table", "ablation", "--engine", "ray"]))


@pytest.mark.parametrize(
    ("resources", "needs", "room"),
    [
        ({"CPU": 8.0}, {"CPU": 1.0}, 8),
        ({"CPU": 8.0}, {"CPU": 3.0}, 2),
        ({"CPU": 8.0, "GPU": 2.0}, {"CPU": 1.0, "GPU": 0.5}, 4),
        ({"CPU": 8.0, "GPU": 2.0}, {"CPU": 1.0, "GPU": 0.4}, 4),
        ({"CPU": 8.0, "GPU": 2.0}, {"CPU": 1.0, "GPU": 0.7}, 2),
        ({"CPU": 8.0}, {"CPU": 1.0, "GPU": 0.5}, 0),
        ({"CPU": 8.0}, {"CPU": 1.0, "here": ray.OF_RESOURCE}, 0),
        ({"CPU": 8.0, "here": 1.0}, {"CPU": 1.0, "here": ray.OF_RESOURCE}, 8),
    ],
)
def test_a_node_has_room_for_whole_runs(resources: dict[str, float], needs: dict[str, float], room: int) -> None:
    assert ray.room(resources, needs) == room


def test_a_job_is_placed_again_until_its_process_was_lost_four_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(step_for("pp", Condition(tiny_profile().setting("Cityscapes"), 90)), 0)
    engine, placed, again = object.__new__(ray.RayProcesses), ray._Placed(Job([run])), []
    monkeypatch.setattr(engine, "_nodes", lambda: {"a node": 1})
    monkeypatch.setattr(engine, "_place", again.append)
    for _ in range(3):
        (told,) = engine._lost(placed, "the worker died")
        assert isinstance(told, Said) and told.text.endswith("another one goes on from its last epoch")
    assert again == [placed] * 3
    (told,) = engine._lost(placed, "the worker died")
    assert isinstance(told, Ended) and told.run == run and again == [placed] * 3
    assert told.failure == "its process was lost 4 times: run the command again to resume\nthe worker died"


def test_ray_that_is_not_installed_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineError, match="Ray is not installed: `uv sync --group ray`"):
        ray_cluster.joined("auto", Environment(tmp_path, None))
