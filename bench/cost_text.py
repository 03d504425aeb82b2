"""A cost report as text."""

from __future__ import annotations

from collections.abc import Iterator

from bench.accelerator.config import Accelerator
from bench.cost_report import CostReport, SimulatedTime

ASSUMPTIONS = (
    "one image; layers one after another, nothing shared; zeros of the weights are skipped, activations count as "
    "dense; normalisation, activation and resizing take no time; memory keeps up"
)


def lines(found: CostReport, *, layers: bool = False) -> Iterator[str]:
    """The report line by line; with `layers` every accelerator's layers, too."""
    yield f"{found.model}, one {found.image_size[0]}x{found.image_size[1]} image"
    yield f"params_total     {found.params_total:>16,}"
    yield f"params_nonzero   {found.params_nonzero:>16,}"
    yield f"macs_dense       {found.macs_dense:>16,}   one multiplication with its addition; FLOPs would be twice that"
    yield f"macs_nonzero     {found.macs_nonzero:>16,}"
    yield f"macs_official    {found.macs_official:>16,.0f}   macs_dense x params_nonzero / params_total"
    yield f"disk, dense      {found.disk_dense_bytes:>16,}   bytes, all weights and statistics"
    yield f"disk, sparse     {found.disk_sparse_bytes:>16,}   bytes, non-zero values and the gaps between them"
    for time in found.simulated:
        yield _total(time)
        if layers and time.layers:
            yield from _layers(time)
    if found.simulated:
        yield f"  assumed: {ASSUMPTIONS}"
    for row in found.measured:
        if row.metric == "latency_ms":
            spread = f"[{row.iqr_low}, {row.iqr_high}] ms over {row.rounds} rounds, {row.threads} threads, {row.device}"
            told = row.status if row.median == "not run" else f"{row.median:>13} ms   {spread}"
            yield f"{row.network}, {row.variant}: {told}"


def _total(time: SimulatedTime) -> str:
    what = _described(time.accelerator)
    speed = "nothing has to run" if time.fps is None else f"{time.fps:,.1f} frames per second"
    return f"accelerator      {time.latency_ms:>13,.3f} ms   {speed} ({what})"


def _described(array: Accelerator) -> str:
    reduction = "unlimited" if array.reduction_bandwidth is None else array.reduction_bandwidth
    return (
        f"{array.rules} rules, {array.multipliers} multipliers, {array.distribution_bandwidth} values in and "
        f"{reduction} out per cycle, {array.clock_mhz:g} MHz"
    )


def _layers(time: SimulatedTime) -> Iterator[str]:
    yield "        cycles    folds  utilised  loading  streaming  reduction  kind         layer"
    for layer in time.layers:
        yield (
            f"  {layer.cycles:>12,} {layer.folds:>8,} {layer.utilisation:>9.1%} {layer.loading_share:>8.1%} "
            f"{layer.streaming_share:>10.1%} {layer.reduction_share:>10.1%}  {layer.kind:<11}  {layer.name}"
        )
