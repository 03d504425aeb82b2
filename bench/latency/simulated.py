"""The accelerator column of Tab. 10, simulated: times, speed-ups beside the printed ones, and what they hang on.

Deterministic: shapes and masks alone matter. The ticket's row is constructed (`bench.latency.construct`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from bench.accelerator.config import SIGMA, STONNE, Accelerator
from bench.accelerator.lowering import lower
from bench.accelerator.sensitivity import sensitivity
from bench.accelerator.simulate import run
from bench.accelerator.speedup import speedups
from bench.latency.construct import CONSTRUCTED, construct
from bench.latency.printed import BASELINES, IMAGE_SIZE, OURS, PAPER_REF, SPEEDUPS, TABLE_10
from bench.latency.rows import NOT_PRINTED
from bench.networks import network
from bench.sidecar import write_sidecar
from supertickets.costs import cost
from supertickets.files import write_csv
from supertickets.ticket import Ticket

ARRAYS = (
    *(
        replace(SIGMA, multipliers=multipliers, distribution_bandwidth=bandwidth)
        for multipliers in (256, 1024, 4096, 16384, 65536)
        for bandwidth in (64, 128, 256)
    ),
    *(replace(SIGMA, clock_mhz=clock) for clock in (250.0, 1000.0)),
    STONNE,
)
SPARSITIES = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98)
TIME_COLUMNS = (
    "network", "weights", "image_size", "params_nonzero", "macs_nonzero", "rules", "multipliers",
    "distribution_bandwidth", "clock_mhz", "cycles", "accelerator_ms", "fps", "paper_accelerator_ms",
    "speedup_of_ticket", "paper_speedup_of_ticket", "paper_ref",
)  # fmt: skip


def baselines() -> dict[str, nn.Module]:
    """The four networks of Tab. 10 by key, in its order."""
    return {key: network(key).build().eval() for key in BASELINES}


def accelerator_times(
    ticket: Ticket,
    weights: str,
    others: Mapping[str, nn.Module],
    image_size: tuple[int, int] = IMAGE_SIZE,
) -> list[dict[str, str]]:
    """One line for SIGMA and STONNE and each network, the ticket last, with the columns `TIME_COLUMNS`.

    `speedup_of_ticket` is a network's time over the ticket's. The paper does not say which array, bandwidth or clock
    it simulates, so that its milliseconds and ours need not agree; ratios depend less on them.
    """
    nets: dict[str, tuple[nn.Module, Mapping[str, Any]]] = {key: (net, {}) for key, net in others.items()}
    nets[OURS] = (ticket.net(), ticket.masks)
    costs = {key: cost(net, image_size, masks) for key, (net, masks) in nets.items()}
    products = {key: lower(net, image_size, masks) for key, (net, masks) in nets.items()}
    lines = []
    for accelerator in (SIGMA, STONNE):
        times = {key: run(gemms, accelerator) for key, gemms in products.items()}
        ratios = speedups(times[OURS], {key: time for key, time in times.items() if key != OURS})
        for key, time in times.items():
            at_printed_size = image_size == IMAGE_SIZE and key in TABLE_10
            values = (
                key, weights if key == OURS else "untrained", "x".join(map(str, image_size)),
                costs[key].params_nonzero, costs[key].macs_nonzero, accelerator.rules, accelerator.multipliers,
                accelerator.distribution_bandwidth, f"{accelerator.clock_mhz:g}", time.cycles,
                f"{time.latency_ms:.3f}", f"{time.fps:.2f}",
                TABLE_10[key].accelerator_ms if at_printed_size else NOT_PRINTED,
                f"{ratios[key]:.3f}" if key in ratios else "1.000",
                SPEEDUPS.get(key, NOT_PRINTED) if at_printed_size else NOT_PRINTED, PAPER_REF,
            )  # fmt: skip
            lines.append(dict(zip(TIME_COLUMNS, map(str, values), strict=True)))
    return lines


def sensitivity_lines(
    ticket: Ticket,
    others: Mapping[str, nn.Module],
    arrays: Sequence[Accelerator],
    sparsities: Sequence[int],
    image_size: tuple[int, int] = IMAGE_SIZE,
) -> list[dict[str, str]]:
    """The ticket's architecture under random masks on every array at every sparsity: `sensitivity`'s columns.

    Args:
        ticket: its net; other masks are drawn.
        others: networks to compare with.
        arrays: accelerators.
        sparsities: whole percent.
        image_size: height and width.
    """
    rows = sensitivity(ticket.net(), image_size, arrays, against=others, sparsities=sparsities)
    return [
        {key: f"{value:.4f}" if isinstance(value, float) else str(value) for key, value in row.items()} for row in rows
    ]


def write_simulated(folder: Path, provenance: Mapping[str, Any]) -> list[Path]:
    """Write both CSVs of the constructed ticket at the paper's image size; returns their paths."""
    ticket, others = construct(), baselines()
    times = folder / "accelerator.v1.csv"
    sweep = folder / "accelerator-sensitivity.v1.csv"
    write_csv(times, TIME_COLUMNS, accelerator_times(ticket, CONSTRUCTED, others))
    lines = sensitivity_lines(ticket, others, ARRAYS, SPARSITIES)
    write_csv(sweep, lines[0], lines)
    for path in (times, sweep):
        write_sidecar(path, provenance)
    return [times, sweep]
