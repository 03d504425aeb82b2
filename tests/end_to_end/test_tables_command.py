"""The command people type, end to end: tables, reuse, damage, kills, bad input."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TABLE = "ablation.v3"


def start(cache: Path, results: Path, *arguments: str) -> subprocess.Popen[str]:
    """The tiny command in a process group of its own."""
    environment = {**os.environ, "SUPERTICKETS_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    command = [sys.executable, str(HERE / "tiny_tables.py"), "--device", "cpu", "--out", str(results), *arguments]
    return subprocess.Popen(
        command,
        env=environment,
        cwd=results.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(cache: Path, results: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and everything printed."""
    process = start(cache, results, *arguments)
    try:
        output, _ = process.communicate(timeout=1200)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # it has a session of its own and would go on computing
        raise
    return process.returncode, output


def stored(cache: Path) -> list[Path]:
    """Folders of finished runs, those that hold a ticket first."""
    found = sorted(path.parent for path in (cache / "results").glob("*/seed-*/result.json"))
    return sorted(found, key=lambda folder: not (folder / "ticket.safetensors").is_file())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Cache and results of one uninterrupted ablation with two seeds."""
    base = tmp_path_factory.mktemp("finished")
    code, output = run(base / "cache", base / "results", "--table", "ablation", "--seeds", "2", "--jobs", "2")
    assert code == 0, output
    return base / "cache", base / "results"


def with_data_of(cache: Path, target: Path) -> Path:
    """A new cache that has the drawn data of another, so that a test is about runs and not about drawing."""
    shutil.copytree(cache / "data", target / "data")
    return target


def csv_of(results: Path) -> Path:
    """The one result file."""
    return results / "embedded" / f"{TABLE}.csv"


def test_every_cell_is_measured_and_has_a_sidecar(finished: tuple[Path, Path]) -> None:
    cache, results = finished
    text = csv_of(results).read_text()
    assert "not run" not in text
    assert len(text.splitlines()) == 1 + 7 * (3 + 6) + 7 * (4 + 6)
    sidecar = json.loads(csv_of(results).with_suffix(".json").read_text())
    assert sidecar["data_ids"].keys() == {"embedded_streets", "embedded_people"}
    found = stored(cache)
    tickets = [folder for folder in found if (folder / "ticket.safetensors").is_file()]
    assert len(tickets) == 2 * 2 * 8, "seven rows share eight steps that make tickets per data set and seed"
    assert len(found) - len(tickets) == 2 * 2 * 7 * 2, "each row is scored, and its costs are counted"
    assert not list((cache / "running").glob("*")), "finished runs leave no checkpoint"


def test_second_call_computes_nothing(finished: tuple[Path, Path]) -> None:
    cache, results = finished
    before = csv_of(results).read_bytes()
    code, output = run(cache, results, "--table", "ablation", "--seeds", "2")
    assert code == 0
    assert "runs to compute" not in output
    assert csv_of(results).read_bytes() == before


def test_check_tells_a_changed_cell(finished: tuple[Path, Path], tmp_path: Path) -> None:
    cache, results = finished
    arguments = ("--table", "ablation", "--seeds", "2", "--check")
    assert run(cache, results, *arguments)[0] == 0
    code, output = run(cache, results, "--table", "ablation", "--seeds", "1", "--check")
    assert code == 1
    assert "sp_mag" in output
    assert "stored" in output


def test_damaged_results_are_recomputed_to_the_same_bytes(finished: tuple[Path, Path]) -> None:
    cache, results = finished
    before = csv_of(results).read_bytes()
    victims = stored(cache)
    ticket = victims[0] / "ticket.safetensors"
    ticket.write_bytes(ticket.read_bytes()[:-7])
    altered = victims[-1] / "result.json"
    changed = altered.read_text().replace('"numbers": {', '"numbers": {"more": 1,', 1)
    assert changed != altered.read_text()
    altered.write_text(changed)
    code, output = run(cache, results, "--table", "ablation", "--seeds", "2")
    assert code == 0, output
    assert output.count("is damaged: computing it again") == 2
    assert csv_of(results).read_bytes() == before


def test_jobs_do_not_change_results(finished: tuple[Path, Path], tmp_path: Path) -> None:
    cache = with_data_of(finished[0], tmp_path / "cache")
    code, output = run(cache, tmp_path / "results", "--table", "ablation", "--seeds", "2", "--jobs", "1")
    assert code == 0, output
    assert csv_of(tmp_path / "results").read_bytes() == csv_of(finished[1]).read_bytes()


def checkpoints(cache: Path) -> set[tuple[Path, int]]:
    """States of unfinished runs, and when they were written."""
    found = set()
    for path in (cache / "running").glob("*/checkpoint"):
        with contextlib.suppress(FileNotFoundError):  # its run may finish meanwhile
            found.add((path, path.stat().st_mtime_ns))
    return found


def test_ten_kills_end_in_the_same_bytes(finished: tuple[Path, Path], tmp_path: Path) -> None:
    cache, results = with_data_of(finished[0], tmp_path / "cache"), tmp_path / "results"
    arguments = ("--table", "ablation", "--seeds", "2", "--jobs", "2")
    moments = random.Random(0)
    kills = 0
    for _ in range(10):
        before = checkpoints(cache)
        process = start(cache, results, *arguments)
        # a kill before the first epoch is over has nothing to resume, and how long that takes is the machine's affair
        while process.poll() is None and not checkpoints(cache) - before:
            time.sleep(0.02)
        time.sleep(moments.uniform(0.0, 1.0))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        kills += bool(checkpoints(cache))
        csv_of(results).unlink(missing_ok=True)
    assert kills >= 3, "the command finished before it could be killed with something to resume: choose earlier moments"
    code, output = run(cache, results, *arguments)
    assert code == 0, output
    assert csv_of(results).read_bytes() == csv_of(finished[1]).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--table", "nonsense"], ["nonsense", "ablation"]),
        (["--table", "ablation", "--profile", "nonsense"], ["nonsense", "embedded"]),
        (["--table", "ablation", "--seeds", "0"], ["--seeds: '0'", "1 to 1000"]),
        (["--table", "ablation", "--seeds", "1001"], ["--seeds: '1001'", "1 to 1000"]),
        (["--table", "ablation", "--jobs", "-1"], ["--jobs: '-1'", "1 to"]),
        (["--table", "ablation", "--device", "tpu"], ["--device tpu", "auto"]),
        (["--table", "ablation", "--profile", "small"], ["--data-root", "SUPERTICKETS_DATA"]),
        (["--table", "ablation", "--profile", "small", "--data-root", "/nonexistent"], ["/nonexistent"]),
        (["--table", "ablation", "--profile", "paper"], ["paper profile", "--profile small"]),
        (["--table", "ablation", "--check"], [f"{TABLE}.csv does not exist", "without --check"]),
        ([], ["--table"]),
    ],
)
def test_bad_arguments_fail_at_once_and_say_what_to_do(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    environment = {**os.environ, "SUPERTICKETS_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    environment.pop("SUPERTICKETS_DATA", None)
    answer = subprocess.run(
        [sys.executable, "-m", "paper_tables", "--out", str(tmp_path / "results"), *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    for word in words:
        assert word in answer.stderr


def test_unwritable_cache_is_refused(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    code, output = run(blocker / "cache", tmp_path / "results", "--table", "ablation")
    assert code == 2
    assert "SUPERTICKETS_CACHE" in output
