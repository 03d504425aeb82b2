"""`python -m bench.latency`: what it measures and simulates, writes and refuses."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from bench.accelerator.config import SIGMA, STONNE
from bench.latency import __main__ as latency
from bench.latency.arguments import file_name, variant_keys
from bench.latency.printed import OURS, SPEEDUPS, TABLE_10
from bench.latency.rows import read_rows
from bench.latency.simulated import TIME_COLUMNS, accelerator_times, sensitivity_lines
from bench.latency.variants import known_variants
from supertickets.ticket import Ticket
from tests.properties.small import TINY

pytestmark = pytest.mark.slow

WAYS = ["cpu-torch-fp32-nchw", "cpu-engine-fp32", "cpu-sparse-csr-fp32", "cuda-torch-fp16-nhwc"]


def test_latencies_of_a_ticket(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "latency.csv"
    command = ["--tickets", str(path.parent), "--networks", "--image-size", "32x64", "--rounds", "2"]
    assert latency.main([*command, "--variants", *WAYS, "--out", str(output)]) == 0
    rows = read_rows(output)
    expected = [
        (f"tiny/{stage}", way)
        for stage in ("supernet", "subnet", "masked", "shrunk")
        for way in WAYS
        if way != "cpu-sparse-csr-fp32" or stage in ("masked", "shrunk")
    ]
    assert [(row.network, row.variant) for row in rows if row.metric == "fps"] == expected
    if not torch.cuda.is_available():
        assert {row.status for row in rows if row.variant.startswith("cuda")} == {"not run: no CUDA device"}
    assert {row.status for row in rows if row.variant == WAYS[0]} == {"measured"}
    weights = {row.network.partition("/")[2]: row.weights for row in rows}
    assert weights == {"supernet": "untrained", "subnet": "untrained", "masked": "trained", "shrunk": "trained"}
    sidecar = json.loads(output.with_suffix(".json").read_text())
    assert sidecar.keys() >= {"command", "commit", "dirty", "versions", "code_ids", "device", "threads"}
    assert "tiny/shrunk" in capsys.readouterr().out


def test_the_command_knows_the_variants_that_there_are() -> None:
    assert sorted(variant_keys()) == sorted(known_variants())


def test_other_sizes_go_to_files_of_their_own() -> None:
    assert file_name("A CPU (x86)", (512, 1024)) == "a-cpu-x86.v1.csv"
    assert file_name("A CPU (x86)", (256, 512)) == "a-cpu-x86-256x512.v1.csv"


def test_a_folder_without_tickets_and_an_unknown_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert latency.main(["--tickets", str(tmp_path), "--networks"]) == 2
    assert "no .safetensors file in this folder" in capsys.readouterr().err
    for wrong, words in (
        (["--simulate", "--image-size", "64x64"], "drop --image-size"),
        (["--out", str(tmp_path)], f"--out {tmp_path} is a folder: name a CSV file"),
        (["--out", f"{__file__}/x.csv"], "x.csv: cannot be written"),
    ):
        assert latency.main(wrong) == 2
        assert words in capsys.readouterr().err
    with pytest.raises(SystemExit):
        latency.main(["--networks", "bisenets"])
    assert "'bisenets': did you mean 'bisenet'?" in capsys.readouterr().err


def test_simulated_times_and_speed_ups(ticket: Ticket) -> None:
    others = {"wide": replace(TINY, stem=(8, 8)).build(0), "bisenet": TINY.build(0)}
    lines = accelerator_times(ticket, "constructed (not trained)", others, (32, 64))
    assert [(line["rules"], line["network"]) for line in lines] == [
        (rules, network) for rules in ("sigma", "stonne") for network in ("wide", "bisenet", "supertickets")
    ]
    for line in lines:
        assert tuple(line) == TIME_COLUMNS and all(line.values())
        own = next(other for other in lines if (other["rules"], other["network"]) == (line["rules"], "supertickets"))
        ratio = int(line["cycles"]) / int(own["cycles"])
        assert float(line["speedup_of_ticket"]) == pytest.approx(ratio, abs=1e-3)
        milliseconds = int(line["cycles"]) / (1e3 * float(line["clock_mhz"]))
        assert line["accelerator_ms"] == f"{milliseconds:.3f}" and line["fps"] == f"{1e3 / milliseconds:.2f}"
        assert line["paper_accelerator_ms"] == "not printed", "the paper prints another image size"
    assert lines == accelerator_times(ticket, "constructed (not trained)", others, (32, 64))
    arrays = (replace(SIGMA, multipliers=256), STONNE)
    sweep = sensitivity_lines(ticket, others, arrays, (0, 90), (32, 64))
    assert len(sweep) == 2 * 2 * 3 and {line["rules"] for line in sweep} == {"sigma", "stonne"}
    assert {line["against"] for line in sweep} == {"dense", "wide", "bisenet"}


def test_printed_times_stand_beside_the_printed_size(ticket: Ticket) -> None:
    lines = accelerator_times(ticket, "constructed (not trained)", {"bisenet": nn.Conv2d(3, 5, 3)}, (512, 1024))
    assert [(line["paper_accelerator_ms"], line["paper_speedup_of_ticket"]) for line in lines] == [
        ("180.8", "3.74"), ("48.3", "not printed"),
    ] * 2  # fmt: skip


def test_the_printed_numbers_are_those_of_the_tables() -> None:
    file = Path(__file__).parents[2] / "paper_tables" / "published" / "latency.csv"
    with file.open(newline="") as lines:
        cells = {(line["row"], line["metric"]): line["value"] for line in csv.DictReader(lines)}
    for key, printed in TABLE_10.items():
        row = "pp_ir_s" if key == OURS else key
        assert (cells[row, "gpu_fps"], cells[row, "accelerator_ms"]) == (printed.gpu_fps, printed.accelerator_ms)


def test_the_printed_speed_ups_are_those_of_the_printed_times() -> None:
    ours = float(TABLE_10[OURS].accelerator_ms)
    assert {key: f"{float(row.accelerator_ms) / ours:.2f}" for key, row in TABLE_10.items() if key != OURS} == SPEEDUPS
