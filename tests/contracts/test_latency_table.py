"""Tab. 10 from device files: every row keeps its own status, sizes do not mix, speed-ups stay within a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from torch import nn

from bench.latency.printed import OURS, TABLE_10
from bench.latency.rows import Row, write_csv, write_rows
from bench.latency.simulated import ARRAYS, SPARSITIES
from bench.latency.variants import known_variants
from bench.sidecar import REQUIRED
from figures.latency import FIGURE
from figures.measured_speed import looks_of
from figures.style import style
from figures.telling import marks as told_by
from figures.written import Written
from paper_tables.written import latency
from supertickets.ticket import Ticket
from tests.layout import assert_texts_apart, texts
from tests.properties.small import TINY

pytestmark = pytest.mark.fast
BASELINES = [key for key in TABLE_10 if key != OURS]
STAGES = [f"{OURS}/{stage}" for stage in ("supernet", "subnet", "masked", "shrunk")]
TORCH, CSR, ONNX, GPU = "cpu-torch-fp32-nchw", "cpu-sparse-csr-fp32", "cpu-onnxruntime-fp32", "cuda-torch-fp32-nchw"
SWEEP = [
    {
        "rules": array.rules, "multipliers": array.multipliers, "distribution_bandwidth": array.distribution_bandwidth,
        "clock_mhz": array.clock_mhz, "sparsity_percent": percent, "latency_ms": 100.0 - percent, "against": against,
        "against_latency_ms": 100.0, "speedup": 2.0,
    }
    for array in ARRAYS for percent in SPARSITIES for against in ("dense", *BASELINES)
]  # fmt: skip


def row(network: str, variant: str, fps: float, device: str = "A CPU", size: str = "512x1024") -> Row:
    return Row(
        network, "constructed", variant, device, "fp32", "NCHW", "1", "2.15", size, "fps", f"{fps:.3f}",
        f"{fps:.3f}", f"{2 * fps:.3f}", "20", "1e-7", "measured", "not printed", "Tab. 10",
    )  # fmt: skip


def without_numbers(found: Row, status: str) -> Row:
    return replace(
        found, device=found.variant[:4], median="not run", iqr_low="not run", iqr_high="not run", status=status
    )


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[list[dict[str, str]], str]]:
    """From file name -> rows to the table's lines and its page; the nets are tiny."""
    monkeypatch.setattr(latency, "construct", lambda: Ticket.of(TINY, TINY.build(0), {}))
    monkeypatch.setattr(latency, "baselines", lambda: {key: nn.Conv2d(3, 1, 1) for key in BASELINES})

    def written(**files: list[Row]) -> tuple[list[dict[str, str]], str]:
        for name, rows in files.items():
            write_rows(tmp_path / f"{name}.v1.csv", rows, dict.fromkeys(REQUIRED, "x"))
        out = tmp_path / "out"
        out.mkdir()
        nothing: Any = SimpleNamespace()
        latency.write(latency.TABLE, nothing, nothing, out, tmp_path)
        path = out / latency.TABLE.file_name
        with path.open(newline="") as file:
            return list(csv.DictReader(file)), path.with_suffix(".md").read_text()

    return written


def those(lines: list[dict[str, str]], metric: str, network: str = OURS) -> list[dict[str, str]]:
    return [line for line in lines if (line["metric"], line["network"]) == (metric, network)]


def test_a_variants_key_begins_with_its_device() -> None:
    """The table tells GPU rows by it."""
    assert all(key.startswith(f"{variant.device}-") for key, variant in known_variants().items())


def test_without_any_file(table: Any) -> None:
    lines, page = table()
    for key in TABLE_10:
        (gpu,), (cpu,) = those(lines, "gpu_fps", key), those(lines, "cpu_fps", key)
        assert (gpu["status"], gpu["paper_value"]) == ("not run: no CUDA device", TABLE_10[key].gpu_fps)
        assert (cpu["status"], cpu["paper_value"]) == ("not run: no file of a CPU", "not printed")
    assert "#### GPU: not run: no CUDA device" in page and "| SuperTickets | (72.68) |" in page
    (miou,) = those(lines, "miou")
    assert (miou["value"], miou["status"], miou["paper_value"]) == ("not run", "printed, not measured here", "72.68")
    assert "four times the pixels" in those(lines, "macs_official", "squeezenas")[0]["note"]
    assert "has a quarter of them" in those(lines, "params_nonzero", "bisenet")[0]["note"] and "a quarter of" in page
    for line in lines:
        if line["unit"] == "ms":
            assert len(line["value"].partition(".")[2]) <= 3


def test_every_stage_way_and_status_is_shown(table: Any) -> None:
    cpu = [row(name, TORCH, 2.0) for name in (*BASELINES, *STAGES)] + [row(name, ONNX, 8.0) for name in STAGES]
    cpu += [row(name, CSR, 1.0) for name in STAGES[2:]]
    cpu += [without_numbers(row(name, GPU, 1.0), "not run: no CUDA device") for name in (*BASELINES, *STAGES)]
    failed = "failed: RuntimeError: out of memory"
    gpu = [
        without_numbers(row("bisenet", GPU, 1.0), failed),
        *(row(name, GPU, 50.0, "A GPU") for name in BASELINES[1:]),
    ]
    gpu += [row(name, GPU, fps, "A GPU") for name, fps in zip(STAGES, (60.0, 120.0, 125.0, 126.0), strict=True)]
    lines, page = table(cpu=cpu, gpu=gpu)
    assert [(line["stage"], line["variant"], line["value"]) for line in those(lines, "cpu_fps")] == [
        *((stage, TORCH, "2.000") for stage in ("supernet", "subnet", "masked", "shrunk")),
        *((stage, ONNX, "8.000") for stage in ("supernet", "subnet", "masked", "shrunk")),
        *((stage, CSR, "1.000") for stage in ("masked", "shrunk")),
    ]
    assert [line["paper_value"] for line in those(lines, "gpu_fps")] == ["not printed", "not printed", "310.7", "310.7"]
    (bisenet,) = those(lines, "gpu_fps", "bisenet")
    assert (bisenet["status"], bisenet["value"], bisenet["paper_value"]) == (failed, "not run", "105.8")
    assert [line["status"] for line in those(lines, "gpu_speedup", "bisenet")] == [failed]
    (ratio,) = those(lines, "gpu_speedup", "squeezenas")
    assert (ratio["value"], ratio["paper_value"], ratio["device"], ratio["file"]) == (
        "2.500",
        "2.65",
        "A GPU",
        "gpu.v1.csv",
    )
    (ratio,) = those(lines, "cpu_speedup", "squeezenas")
    assert (ratio["value"], ratio["paper_value"], ratio["device"]) == ("1.000", "not printed", "A CPU")
    assert "no CUDA device" not in page, "the other machine had one"
    assert "#### CPU: A CPU" in page and f"| {CSR} | none | none | none | none | none | none | 1.000 | 1.000 |" in page
    assert f"| {GPU} | {failed} | 50.000 |" in page
    in_papers_layout = [line.strip("| ").split(" | ") for line in page.splitlines() if line.count("|") == 9]
    shown = {cells[0]: cells[4] for cells in in_papers_layout}
    assert (shown["SuperTickets"], shown["BiSeNet"], shown["SqueezeNAS"]) == (
        "125.000 (310.7)", "not run (105.8)", "50.000 (117.2)",
    )  # fmt: skip


@pytest.mark.slow
def test_the_figure_has_a_panel_per_device_and_a_mark_per_measured_row(table: Any, tmp_path: Path) -> None:
    cpu = [row(name, way, 2.0) for way in (TORCH, ONNX) for name in (*BASELINES, *STAGES)]
    cpu += [row(name, CSR, 1.0) for name in STAGES[2:]]
    gpu = [row(name, GPU, 125.0, "A GPU") for name in STAGES]
    gpu.append(without_numbers(row("bisenet", GPU, 1.0), "failed: RuntimeError: out of memory"))
    gpu += [without_numbers(row(name, "cuda-onnxruntime-fp32", 1.0), "not run: no provider") for name in STAGES]
    assert {10, 30, 50, 70, 90, 98} <= set(SPARSITIES) and {array.rules for array in ARRAYS} == {"sigma", "stonne"}
    write_csv(tmp_path / "accelerator-sensitivity.v1.csv", SWEEP[0], SWEEP)
    lines, _ = table(cpu=cpu, gpu=gpu)
    with style():
        drawing = FIGURE.draw({"latency": Written(lines, tmp_path / "latency.v2")}, "")
    assert_texts_apart(drawing)
    panels = {axes.get_title("left"): axes for axes in drawing.axes}

    def marks(title: str) -> list[Any]:
        shown = [line for line in panels[title].lines if line.get_marker() != "None"]
        return [line for line in shown if line.get_markerfacecolor() != "white"]

    assert {title: len(marks(title)) for title in ("A CPU", "A GPU")} == {"A CPU": len(cpu), "A GPU": len(STAGES)}
    rows = [label.get_text() for label in panels[drawing.axes[-2].get_title("left")].get_yticklabels()]
    assert rows[-4:] == [f"SuperTickets, {stage}" for stage in ("supernet", "subnet", "masked", "shrunk")]
    said = "\n".join(text for text, _ in texts(drawing))
    assert "Not drawn, because nothing was measured: cuda-onnxruntime-fp32." in said
    looks = {(line.get_color(), line.get_marker()) for title in ("A CPU", "A GPU") for line in marks(title)}
    assert len(looks) == 3, "the same way has the same look on all devices"
    told = [mark.words for mark in told_by(drawing)]
    for words in (
        "SuperTickets, shrunk, torch-fp32-nchw: 2.000 frames per second, quartiles 2.000 to 4.000",
        "BiSeNet: printed in the paper 105.8 frames per second, of another GPU",
        "Time of the ticket, SIGMA as published: 16,384 multipliers, 70 % sparsity: 30 ms",
        "The ticket's speed beside BiSeNet, 1,024 multipliers, 128 words per cycle, 50 % sparsity: 2",
    ):
        assert words in told, told
    # the ticket under both rule sets, at enough sparsities to see a curve
    assert [list(curve.get_xdata()) for curve in panels["Time of the ticket"].lines] == [list(SPARSITIES)] * 2
    # at 50 %, all that was swept but the clock
    swept = next(axes for axes in drawing.axes if axes.get_xlabel() == "multipliers")
    assert {len(curve.get_xdata()) for curve in swept.lines if curve.get_marker() != "None"} == {5}


def test_no_two_ways_look_the_same() -> None:
    found = looks_of(known_variants())
    assert len(found) == len(set(found.values())) == len(known_variants())


def test_rows_of_another_image_size_lose_their_numbers(table: Any) -> None:
    small = [row(name, TORCH, 2.0, size="256x512") for name in (*BASELINES, *STAGES)]
    lines, page = table(small=small)
    status = "not run: this file has images of 256x512, not 512x1024"
    assert {(line["value"], line["status"]) for line in those(lines, "cpu_fps")} == {("not run", status)}
    assert f"#### CPU: {status}" in page and "256x512" not in {line["image_size"] for line in lines}


def test_a_file_of_the_right_size_replaces_one_of_another(table: Any) -> None:
    small = [row(name, TORCH, 2.0, size="256x512") for name in (*BASELINES, *STAGES)]
    lines, page = table(large=[row(name, TORCH, 1.0) for name in (*BASELINES, *STAGES)], small=small)
    assert {line["value"] for line in those(lines, "cpu_fps")} == {"1.000"} and "256x512" not in page
