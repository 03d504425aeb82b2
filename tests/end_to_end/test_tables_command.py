"""The command people type, end to end: tables, reuse, damage, bad input."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.tiny_command import ROOT, TABLE, csv_of, run, start, with_data_of
from tests.patience import HANGS_S

pytestmark = pytest.mark.slow


def stored(cache: Path) -> list[Path]:
    """Folders of finished runs, those that hold a ticket first."""
    found = sorted(path.parent for path in (cache / "results").glob("*/seed-*/result.json"))
    return sorted(found, key=lambda folder: not (folder / "ticket.safetensors").is_file())


def test_every_cell_is_measured_and_has_a_sidecar(finished: tuple[Path, Path]) -> None:
    cache, results = finished
    text = csv_of(results).read_text()
    assert "not run" not in text
    assert len(text.splitlines()) == 1 + 7 * (3 + 6) + 7 * (4 + 6)
    sidecar = json.loads(csv_of(results).with_suffix(".json").read_text())
    assert sidecar["data_ids"].keys() == {"embedded_streets", "embedded_people"}
    told = sidecar["starved_layers"]["sp_mag, Cityscapes at 90 %"]
    assert any(0 in layer["kept"] or min(layer["kept"]) * 100 < layer["weights"][0] for layer in told.values())
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


def test_a_table_is_written_before_it_is_printed(finished: tuple[Path, Path], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        process = start(finished[0], tmp_path / "results", "--table", "ablation", "--seeds", "2", output=full)
        assert process.wait(timeout=HANGS_S) == 1
    assert csv_of(tmp_path / "results").read_bytes() == csv_of(finished[1]).read_bytes()
    process = start(finished[0], tmp_path / "other", "--table", "ablation", "--seeds", "2")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=HANGS_S) == 141
    assert csv_of(tmp_path / "other").read_bytes() == csv_of(finished[1]).read_bytes()


def test_check_tells_a_changed_cell(finished: tuple[Path, Path], tmp_path: Path) -> None:
    cache, results = finished
    arguments = ("--table", "ablation", "--seeds", "2", "--check")
    assert run(cache, results, *arguments)[0] == 0
    code, output = run(cache, results, "--table", "ablation", "--seeds", "1", "--check")
    assert code == 1
    assert "sp_mag" in output
    assert "stored" in output


def test_damaged_results_are_recomputed_to_the_same_bytes(finished: tuple[Path, Path], tmp_path: Path) -> None:
    cache, results = (shutil.copytree(folder, tmp_path / folder.name) for folder in finished)
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
    assert output.count("is damaged: put aside, to be computed again if it is needed") == 2
    assert csv_of(results).read_bytes() == before


def test_jobs_do_not_change_results(finished: tuple[Path, Path], tmp_path: Path) -> None:
    cache = with_data_of(finished[0], tmp_path / "cache")
    code, output = run(cache, tmp_path / "results", "--table", "ablation", "--seeds", "2", "--jobs", "1")
    assert code == 0, output
    assert csv_of(tmp_path / "results").read_bytes() == csv_of(finished[1]).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--table", "nonsense"], ["nonsense", "ablation"]),
        (["--table", "ablation", "--profile", "nonsense"], ["nonsense", "embedded"]),
        (["--table", "ablation", "--seeds", "0"], ["--seeds: '0'", "1 to 1000"]),
        (["--table", "ablation", "--seeds", "1001"], ["--seeds: '1001'", "1 to 1000"]),
        (["--table", "ablation", "--jobs", "-1"], ["--jobs: '-1'", "1 to"]),
        (["--table", "ablation", "--device", "tpu"], ["--device: tpu", "auto"]),
        (["--table", "ablation", "--device", "cpu:3"], ["--device: cpu:3", "auto"]),
        (["--table", "ablation", "--profile", "small"], ["--data-root", "SUPERTICKETS_DATA"]),
        (["--table", "ablation", "--profile", "small", "--data-root", "/nonexistent"], ["/nonexistent"]),
        (["--table", "ablation", "--profile", "paper"], ["cityscapes needs downloaded files", "--data-root"]),
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
        timeout=HANGS_S,
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
