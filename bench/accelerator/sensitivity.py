"""How times and speed-ups depend on what a paper leaves open: array, bandwidth, clock, and on sparsity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import nn

from bench.accelerator.config import Accelerator
from bench.accelerator.lowering import under
from bench.accelerator.simulate import run
from bench.accelerator.speedup import speedups
from supertickets.criteria.random import random_scores
from supertickets.masks import global_masks
from supertickets.tracing import net_products

Row = dict[str, str | int | float]


def sensitivity(
    net: nn.Module,
    image_size: tuple[int, int],
    arrays: Sequence[Accelerator],
    *,
    against: Mapping[str, nn.Module] | None = None,
    sparsities: Sequence[int] = (0, 50, 80, 90),
) -> list[Row]:
    """Simulate `net` under random masks on several accelerators, against dense nets on the same one.

    One row per accelerator, sparsity and reference, in the order of the arguments; the first reference is `net` itself,
    dense. Columns: `rules`, `multipliers`, `distribution_bandwidth`, `clock_mhz`, `sparsity_percent` (zeros among all
    weights that `net` multiplies with), `cycles`, `latency_ms`, `fps`, `utilisation` (0..1), `against`,
    `against_latency_ms`, `speedup` (time of the reference over time of `net`).

    Args:
        net: searched or not; its weights do not matter.
        image_size: height and width.
        arrays: accelerators, whatever their rules.
        against: reference nets by name; "dense" is taken.
        sparsities: whole percent; masks of higher sparsity are subsets of those of lower.

    Raises:
        ProductError: when a net multiplies where no rule is known.
        MaskError: for a sparsity out of range.
    """
    references = {"dense": net} | dict(against or {})
    products = {name: net_products(reference, image_size) for name, reference in references.items()}
    dense = {name: under({}, found) for name, found in products.items()}
    multiplied = {found.weight for found in products["dense"]}
    weights = {name: weight for name, weight in net.named_parameters() if name in multiplied}
    scores = random_scores(weights, 0)
    sparse = {percent: under(global_masks(scores, percent), products["dense"]) for percent in sparsities}
    rows: list[Row] = []
    for array in arrays:
        others = {name: run(gemms, array) for name, gemms in dense.items()}
        for percent, gemms in sparse.items():
            found = run(gemms, array)
            for name, ratio in speedups(found, others).items():
                rows.append(
                    {
                        "rules": array.rules,
                        "multipliers": array.multipliers,
                        "distribution_bandwidth": array.distribution_bandwidth,
                        "clock_mhz": array.clock_mhz,
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
