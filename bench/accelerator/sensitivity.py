"""How times and speed-ups depend on what a paper leaves open: array, bandwidth, clock, and on sparsity."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import nn

from bench.accelerator.config import SIGMA, Accelerator
from bench.accelerator.lowering import lower
from bench.accelerator.simulate import run
from bench.accelerator.speedup import speedups
from supertickets.masks import global_masks, prunable

Row = dict[str, str | int | float]


def sensitivity(
    net: nn.Module,
    image_size: tuple[int, int],
    *,
    against: Mapping[str, nn.Module] | None = None,
    multipliers: Sequence[int] = (4096, 16384, 65536),
    bandwidths: Sequence[int] = (64, 128, 256),
    clocks_mhz: Sequence[float] = (500.0,),
    sparsities: Sequence[int] = (0, 50, 80, 90),
    config: Accelerator = SIGMA,
    seed: int = 0,
) -> list[Row]:
    """Simulate `net` under random masks over a grid, against dense nets on the same accelerator.

    One row per accelerator, sparsity and reference, in the order of the arguments; the first reference is `net` itself,
    dense. Columns: `rules`, `multipliers`, `distribution_bandwidth`, `clock_mhz`, `sparsity_percent` (zeros among the
    prunable weights of `net`), `cycles`, `latency_ms`, `fps`, `utilisation` (0..1), `against`, `against_latency_ms`,
    `speedup` (time of the reference over time of `net`).

    Args:
        net: searched or not; its weights do not matter.
        image_size: height and width.
        against: reference nets by name; "dense" is taken.
        multipliers, bandwidths, clocks_mhz: see `Accelerator`.
        sparsities: whole percent.
        config: rules and everything the grid does not set.
        seed: of the random masks; masks of higher sparsity are subsets of those of lower.

    Raises:
        AcceleratorError, MaskError: for values out of range.
    """
    references = {"dense": net} | dict(against or {})
    dense = {name: lower(reference, image_size) for name, reference in references.items()}
    random = torch.Generator().manual_seed(seed)
    scores = {name: torch.rand(weight.shape, generator=random) for name, weight in prunable(net).items()}
    sparse = {percent: lower(net, image_size, global_masks(scores, percent)) for percent in sparsities}
    rows: list[Row] = []
    for size, bandwidth, clock in itertools.product(multipliers, bandwidths, clocks_mhz):
        array = replace(config, multipliers=size, distribution_bandwidth=bandwidth, clock_mhz=clock)
        others = {name: run(gemms, array) for name, gemms in dense.items()}
        for percent, gemms in sparse.items():
            found = run(gemms, array)
            for name, ratio in speedups(found, others).items():
                rows.append(
                    {
                        "rules": array.rules,
                        "multipliers": size,
                        "distribution_bandwidth": bandwidth,
                        "clock_mhz": clock,
                        "sparsity_percent": percent,
                        "cycles": found.cycles,
                        "latency_ms": found.latency_ms,
                        "fps": found.fps,
                        "utilisation": found.utilisation,
                        "against": name,
                        "against_latency_ms": others[name].latency_ms,
                        "speedup": ratio,
                    }
                )
    return rows
