"""Table 10: what the paper's four networks and its ticket cost, how fast they were measured, and simulated times.

Times come from the files that `python -m bench.latency` left beside this one, one per device; they are never measured
here, so that this table comes out the same twice. Networks are compared within a file alone: its rows were timed in
turns. What a file could not run keeps its own status.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.latency.construct import CONSTRUCTED, construct
from bench.latency.printed import IMAGE_SIZE, OURS, PAPER_REF, TABLE_10
from bench.latency.rows import MEASURED, NOT_PRINTED, NOT_RUN, VERSION, Row, read_rows
from bench.latency.simulated import accelerator_times, baselines
from bench.networks import network
from bench.profiles import Profile
from bench.runner import Runner
from paper_tables import published
from paper_tables.metrics import METRICS, costs_in_csv_units
from paper_tables.table import Address
from paper_tables.written import WrittenTable
from paper_tables.written.latency_page import to_markdown
from paper_tables.written.lines import write_lines
from supertickets.costs import cost
from supertickets.files import write_atomically

SIZE = "x".join(map(str, IMAGE_SIZE))
NONE = "none"
WITHOUT_FILE = {"gpu_fps": f"{NOT_RUN}: no CUDA device", "cpu_fps": f"{NOT_RUN}: no file of a CPU"}
"""Metric -> what is said where no file speaks of such a device."""

Files = dict[str, list[Row]]
"""Name of a device's file -> its rows of frames per second."""


def measured(folder: Path) -> Files:
    """Every device's file in `folder`; of a kind of device, those alone that ran something, if there are any."""
    paths = [p for p in sorted(folder.glob(f"*.v{VERSION}.csv")) if not p.name.startswith(("accelerator", "latency"))]
    files = {path.name: [_at_size(row) for row in read_rows(path) if row.metric == "fps"] for path in paths}
    for metric in WITHOUT_FILE:
        ran = {
            name
            for name, rows in files.items()
            if any(_metric(row) == metric and not row.status.startswith(NOT_RUN) for row in rows)
        }
        if ran:  # that another machine has no such device is no news
            files = {
                name: rows if name in ran else [row for row in rows if _metric(row) != metric]
                for name, rows in files.items()
            }
    return files


def _at_size(row: Row) -> Row:
    """A row of another image size is none of this table's: it says so and loses its numbers."""
    if row.image_size == SIZE:
        return row
    status = f"{NOT_RUN}: this file has images of {row.image_size}, not {SIZE}"
    return replace(row, median=NOT_RUN, iqr_low=NOT_RUN, iqr_high=NOT_RUN, status=status)


def _metric(row: Row) -> str:
    return "gpu_fps" if row.variant.startswith("cuda-") else "cpu_fps"


def write(table: WrittenTable, _profile: Profile, _runner: Runner, folder: Path, present: Path) -> None:
    """Write one line per network and quantity, and the table in the paper's layout beside it."""
    lines = [{"table": table.name, "version": table.version, **line} for line in _lines(measured(present))]
    write_atomically((folder / table.file_name).with_suffix(".md"), to_markdown(lines).encode())
    write_lines(folder / table.file_name, lines)


def _lines(files: Files) -> Iterator[dict[str, Any]]:
    ticket, others = construct(), baselines()
    nets = {**{key: (net, {}) for key, net in others.items()}, OURS: (ticket.net(), ticket.masks)}
    for key, (net, masks) in nets.items():
        yield _line(key, "miou", "percent", NOT_RUN, "printed, not measured here")
        counted = cost(net, IMAGE_SIZE, masks)
        names = ("params_nonzero", "macs_dense", "macs_nonzero", "macs_official")
        for metric, value in costs_in_csv_units({name: getattr(counted, name) for name in names}).items():
            yield _line(key, metric, METRICS[metric].unit, f"{value:.4f}", "counted", note=_note(key))
        yield from _speeds(key, files)
        if key != OURS:
            yield from _speedups(key, files)
    for time in accelerator_times(ticket, CONSTRUCTED, others):
        key, shown = time["network"], time["rules"] == "sigma"
        where = {
            "device": f"{time['multipliers']} multipliers, {time['distribution_bandwidth']} words per cycle, "
            f"{time['clock_mhz']} MHz",
            "variant": time["rules"],
        }
        paper = time["paper_accelerator_ms"] if shown else NOT_PRINTED
        yield _line(key, "accelerator_ms", "ms", time["accelerator_ms"], "simulated", paper_value=paper, **where)
        if key != OURS:
            paper, ratio = (time["paper_speedup_of_ticket"] if shown else NOT_PRINTED), time["speedup_of_ticket"]
            yield _line(key, "accelerator_speedup", "ratio", ratio, "simulated", paper_value=paper, **where)


def _note(key: str) -> str:
    """What is known of a network's printed cost."""
    if key == OURS:
        return "The ticket is constructed to the printed numbers: that they agree says nothing."
    return network(key).note


def _speeds(key: str, files: Files) -> Iterator[dict[str, Any]]:
    for metric, status in WITHOUT_FILE.items():
        found = [
            (name, row)
            for name, rows in files.items()
            for row in rows
            if row.network.partition("/")[0] == key and _metric(row) == metric
        ]
        if not found:
            yield _line(key, metric, "1/s", NOT_RUN, status)
        for name, row in found:
            stage = row.network.partition("/")[2] or NONE
            # the paper's speed is a ticket's, not that of a net on the way to it
            paper = _printed(key, metric) if stage in (NONE, "masked", "shrunk") else NOT_PRINTED
            spread = f"{row.iqr_low} to {row.iqr_high}" if row.status == MEASURED else NONE
            details = f"{row.precision}, {row.layout}, threads {row.threads}, torch {row.torch}, rounds {row.rounds}"
            yield _line(
                key, metric, "1/s", row.median, row.status, stage=stage, weights=row.weights, file=name,
                device=row.device, variant=row.variant, details=details, spread=spread, paper_value=paper,
            )  # fmt: skip


def _speedups(key: str, files: Files) -> Iterator[dict[str, Any]]:
    """The masked ticket's frames per second over those of network `key`, run in the same way in the same process."""
    for fps, missing in WITHOUT_FILE.items():
        metric = fps.replace("fps", "speedup")
        paper = (
            f"{float(TABLE_10[OURS].gpu_fps) / float(TABLE_10[key].gpu_fps):.2f}" if fps == "gpu_fps" else NOT_PRINTED
        )
        pairs = [
            (name, ours, other)
            for name, rows in files.items()
            for other in rows
            for ours in rows
            if other.network == key and ours.network == f"{OURS}/masked" and ours.variant == other.variant
            if _metric(ours) == fps
        ]
        if not pairs:
            yield _line(key, metric, "ratio", NOT_RUN, missing, paper_value=paper)
        for name, ours, other in pairs:
            status = next((row.status for row in (other, ours) if row.status != MEASURED), MEASURED)
            value = f"{float(ours.median) / float(other.median):.3f}" if status == MEASURED else NOT_RUN
            yield _line(
                key, metric, "ratio", value, status, file=name, device=other.device, variant=other.variant,
                paper_value=paper,
            )  # fmt: skip


@functools.cache
def _printed(key: str, metric: str) -> str:
    row, sparsity = ("pp_ir_s", 50) if key == OURS else (key, 0)
    found = published.read(published.FOLDER / "latency.csv").get((Address(row, "Cityscapes", sparsity), metric))
    return found.text if found else NOT_PRINTED


def _line(key: str, metric: str, unit: str, value: str, status: str, **known: str) -> dict[str, Any]:
    line = {
        "network": key, "name": TABLE_10[key].name, "stage": NONE,
        "weights": CONSTRUCTED if key == OURS else "untrained", "image_size": SIZE, "metric": metric, "unit": unit,
        "file": NONE, "device": NONE, "variant": NONE, "details": NONE, "value": value, "spread": NONE,
        "status": status, "paper_value": _printed(key, metric), "paper_ref": PAPER_REF, "note": NONE,
    }  # fmt: skip
    return {**line, **known}


TABLE = WrittenTable(
    "latency", 2, "Costs and speed of Tab. 10's networks", "Tab. 10", lambda _: (), write, folder="latency"
)
