"""Table 10: what the paper's four networks and its ticket cost, how fast they were measured, and simulated times.

Times come from the files that `python -m bench.latency` left beside this one, one per device; they are never measured
here, so that this exhibit comes out the same twice. Without a file of a CUDA device its rows say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.latency import CONSTRUCTED, Row, construct, read_rows
from bench.latency.printed import OURS, PAPER_REF, TABLE_10
from bench.latency.rows import MEASURED, NOT_PRINTED
from bench.latency.simulated import IMAGE_SIZE, accelerator_times, baselines
from bench.networks import network
from bench.profiles import Profile
from bench.runner import Runner
from paper_tables.exhibits import Exhibit
from paper_tables.exhibits.lines import write_lines
from paper_tables.records import replace
from supertickets.costs import cost

NO_CUDA = "not run: no CUDA device"
OF_THE_TICKET = f"{OURS}/masked"


def measured(folder: Path) -> list[Row]:
    """Rows of every device's file in `folder`, sorted by file name; none when nothing was measured."""
    devices = [path for path in sorted(folder.glob("*.v1.csv")) if not path.name.startswith(("accelerator", "latency"))]
    return [row for path in devices for row in read_rows(path)]


def write(exhibit: Exhibit, _profile: Profile, _runner: Runner, folder: Path, present: Path) -> Path:
    """Write one line per network and quantity, and the table in the paper's layout beside it."""
    rows = measured(present)
    lines = [{"exhibit": exhibit.name, "version": exhibit.version, **line} for line in _lines(rows)]
    replace(exhibit.path(folder).with_suffix(".md"), to_markdown(lines))
    return write_lines(exhibit.path(folder), lines)


def _lines(rows: list[Row]) -> Iterator[dict[str, Any]]:
    ticket, others = construct(), baselines()
    nets = {**{key: (net, {}) for key, net in others.items()}, OURS: (ticket.net(), ticket.masks)}
    for key, (net, masks) in nets.items():
        counted = cost(net, IMAGE_SIZE, masks)
        known = network(key) if key != OURS else None
        printed_params = known.printed_params if known else "0.63M"
        printed_macs = known.printed_macs if known else "1.0G"
        for metric, unit, value, paper in (
            ("params_nonzero", "mparams", counted.params_nonzero / 1e6, printed_params),
            ("macs_dense", "gmacs", counted.macs_dense / 1e9, None),
            ("macs_nonzero", "gmacs", counted.macs_nonzero / 1e9, None),
            ("macs_official", "gmacs", counted.macs_official / 1e9, printed_macs),
        ):
            yield _line(key, metric, unit, "none", f"{value:.4f}", "counted", (paper or NOT_PRINTED).rstrip("MG"))
        yield from _speeds(key, rows)
    for time in accelerator_times(ticket, CONSTRUCTED, others):
        where = (
            f"simulated: {time['rules']}, {time['multipliers']} multipliers, "
            f"{time['distribution_bandwidth']} words per cycle, {time['clock_mhz']} MHz"
        )
        shown = time["rules"] == "sigma"
        key = time["network"]
        paper = time["paper_accelerator_ms"] if shown else NOT_PRINTED
        yield _line(key, "accelerator_ms", "ms", where, time["accelerator_ms"], "simulated", paper)
        if key != OURS:
            paper = time["paper_speedup_of_ticket"] if shown else NOT_PRINTED
            yield _line(key, "speedup_of_ticket", "ratio", where, time["speedup_of_ticket"], "simulated", paper)


def _speeds(key: str, rows: list[Row]) -> Iterator[dict[str, Any]]:
    own = [row for row in rows if row.network == (OF_THE_TICKET if key == OURS else key) and row.metric == "fps"]
    # the files give the paper's frames per second to rows of a GPU alone
    on_gpu = [row for row in own if row.paper_value != NOT_PRINTED and row.status == MEASURED]
    if not on_gpu:
        yield _line(key, "gpu_fps", "1/s", "cuda", "not run", NO_CUDA, TABLE_10[key].gpu_fps)
    for row in (*on_gpu, *(row for row in own if row.paper_value == NOT_PRINTED)):
        where = f"{row.device}, {row.variant}, {row.precision}, {row.layout}, threads {row.threads}, torch {row.torch}"
        value = row.median if row.status == MEASURED else "not run"
        metric = "gpu_fps" if row in on_gpu else "cpu_fps"
        yield _line(key, metric, "1/s", where, value, row.status, row.paper_value)


def _line(key: str, metric: str, unit: str, where: str, value: str, status: str, paper: str) -> dict[str, Any]:
    return {
        "network": key, "name": TABLE_10[key].name, "weights": CONSTRUCTED if key == OURS else "untrained",
        "image_size": "x".join(map(str, IMAGE_SIZE)), "metric": metric, "unit": unit, "where": where, "value": value,
        "status": status, "paper_value": paper, "paper_ref": PAPER_REF,
    }  # fmt: skip


def to_markdown(lines: list[dict[str, Any]]) -> str:
    """The table in the paper's layout: ours (printed) per cell, and every measured way to run a net below."""

    def cell(key: str, metric: str, where: str = "") -> str:
        found = [one for one in lines if (one["network"], one["metric"]) == (key, metric) and where in one["where"]]
        if not found:
            return "none"
        paper = "" if found[0]["paper_value"] == NOT_PRINTED else f" ({found[0]['paper_value']})"
        return f"{found[0]['value']}{paper}"

    about = (
        "Ours (printed in the paper). The ticket is constructed to the paper's printed cost and not trained; the other "
        "networks are untrained: accuracy is not part of this table. The accelerator is simulated under the `sigma` "
        "rules; the paper does not say which array, bandwidth or clock it simulates."
    )
    text = ["### Tab. 10: costs and speed at 512x1024", "", about, ""]
    text += [
        "| model | params [M] | MACs official [G] | GPU frames per second | accelerator [ms] | ticket is faster by |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for key, printed in TABLE_10.items():
        sigma = "simulated: sigma"
        gain = "1" if key == OURS else f"{cell(key, 'speedup_of_ticket', sigma)}"
        text.append(
            f"| {printed.name} | {cell(key, 'params_nonzero')} | {cell(key, 'macs_official')} | {cell(key, 'gpu_fps')} "
            f"| {cell(key, 'accelerator_ms', sigma)} | {gain} |"
        )
    text += ["", "| model | device, way to run | frames per second |", "| --- | --- | --- |"]
    text += [
        f"| {one['name']} | {one['where']} | {_speed(one)} |"
        for one in lines
        if one["metric"] in ("gpu_fps", "cpu_fps")
    ]
    return "\n".join(text) + "\n"


def _speed(line: Mapping[str, Any]) -> str:
    return str(line["value"] if line["status"] == MEASURED else line["status"])


EXHIBIT = Exhibit(
    "latency", 1, "Costs and speed of Tab. 10's networks", "Tab. 10", lambda _: (), write, folder="latency"
)
