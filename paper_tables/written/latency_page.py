"""Table 10 as Markdown: the paper's layout, then what every device's file holds, network by way to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.latency.printed import OURS, TABLE_10
from bench.latency.rows import MEASURED, NOT_PRINTED

Line = Mapping[str, Any]
SHOWN = "cuda-torch-fp32-nchw"
"""The way to run a net that stands in the paper's column; the paper does not say which it used."""

ABOUT = (
    "Ours (printed in the paper). The ticket is constructed to the paper's printed cost and not trained; the other "
    "networks are untrained. GPU: torch, eager, fp32, NCHW. The accelerator is simulated under the `sigma` rules; the "
    "paper does not say which array, bandwidth or clock it simulates."
)
STAGES = (
    "`supernet`: before the search. `subnet`: searched, no mask. `masked`: the ticket, its zeros multiplied like any "
    "number except by CSR products and our engine. `shrunk`: without the channels that the mask has made constant. CSR "
    "products are run for nets with zeros alone, the engine runs supernets and what is left of them."
)


def to_markdown(lines: Sequence[Line]) -> str:
    """The page; cells that were not measured hold their status."""
    text = ["### Tab. 10: costs and speed at 512x1024", "", ABOUT, "", *_papers_layout(lines), ""]
    text += [f"* {line['name']}: {line['note']}" for line in lines if line["metric"] == "params_nonzero"]
    for file, metric in dict.fromkeys((line["file"], line["metric"]) for line in lines if _is_speed(line)):
        own = [line for line in lines if (line["file"], line["metric"]) == (file, metric)]
        gains = [line for line in lines if (line["file"], line["metric"]) == (file, metric.replace("fps", "speedup"))]
        text += ["", *_device(own, gains)]
    return "\n".join(text) + "\n"


def _is_speed(line: Line) -> bool:
    return line["metric"] in ("gpu_fps", "cpu_fps")


def _papers_layout(lines: Sequence[Line]) -> Iterator[str]:
    def cell(key: str, metric: str, variant: str = "none") -> str:
        own = [line for line in lines if (line["network"], line["metric"]) == (key, metric)]
        own = [line for line in own if line["stage"] in ("none", "masked")]
        value = next((line["value"] for line in own if line["variant"] == variant), "not run")
        return f"{value}{_paper(own[0])}"

    heads = (
        "model", "mIoU [%] (printed, not measured here)", "params [M]", "MACs official [G]", "GPU frames per second",
        "accelerator [ms]", "ticket is faster by: GPU", "accelerator",
    )  # fmt: skip
    yield from _grid_head(heads)
    for key, printed in TABLE_10.items():
        miou = next(line for line in lines if (line["network"], line["metric"]) == (key, "miou"))
        gains = "none", "none"
        if key != OURS:
            gains = cell(key, "gpu_speedup", SHOWN), cell(key, "accelerator_speedup", "sigma")
        yield _grid_row(
            printed.name, f"({miou['paper_value']})", cell(key, "params_nonzero"), cell(key, "macs_official"),
            cell(key, "gpu_fps", SHOWN), cell(key, "accelerator_ms", "sigma"), *gains,
        )  # fmt: skip


def _device(speeds: Sequence[Line], gains: Sequence[Line]) -> Iterator[str]:
    """What one file says of one kind of device: frames per second, then how much faster the ticket is."""
    kind = speeds[0]["metric"].partition("_")[0].upper()
    if len(statuses := {line["status"] for line in speeds}) == 1 and statuses != {MEASURED}:
        yield f"#### {kind}: {statuses.pop()}"
        return
    device = next((line["device"] for line in speeds if line["status"] == MEASURED), speeds[0]["device"])
    yield from (f"#### {kind}: {device}", "", f"`{speeds[0]['file']}`, frames per second. {STAGES}", "")
    yield from _pivot(speeds, lambda line: line["name"] if line["stage"] == "none" else f"ST, {line['stage']}")
    yield from ("", "The masked ticket is faster by, each run in the same way (the paper, on its GPU):", "")
    yield from _pivot(gains, lambda line: f"{line['name']}{_paper(line)}")


def _pivot(lines: Sequence[Line], name: Callable[[Line], str]) -> Iterator[str]:
    columns = list(dict.fromkeys(name(line) for line in lines))
    cells = {(line["variant"], name(line)): line for line in lines}
    yield from _grid_head(("way to run", *columns))
    for variant in dict.fromkeys(line["variant"] for line in lines):
        found = (cells.get((variant, column)) for column in columns)
        yield _grid_row(variant, *(_told(line) if line else "none" for line in found))


def _told(line: Line) -> str:
    return str(line["value"] if line["status"] == MEASURED else line["status"])


def _paper(line: Line) -> str:
    return "" if line["paper_value"] == NOT_PRINTED else f" ({line['paper_value']})"


def _grid_head(heads: Sequence[str]) -> Iterator[str]:
    yield _grid_row(*heads)
    yield _grid_row(*("---" for _ in heads))


def _grid_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
