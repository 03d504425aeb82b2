"""Which layers a mask starves: one threshold for all layers leaves little of those whose weights are small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bench.runner import Runner
from paper_tables.table import Address
from supertickets.masks import Masks, sparsity

if TYPE_CHECKING:
    from paper_tables.measured import Measurement

STARVED = 0.1
"""A layer is starved when a mask keeps less than this share of what it keeps of all weights on the average."""


def starved_layers(masks: Masks) -> list[str]:
    """Names of the weights that are starved."""
    least = STARVED * (1 - sparsity(masks))
    return [name for name, mask in masks.items() if int(mask.sum()) < least * mask.numel()]


def starved(
    cells: Mapping[Address, Sequence[Measurement]], runner: Runner
) -> dict[str, dict[str, dict[str, list[int]]]]:
    """Of each cell the layers that are starved in some seed: how many weights are `kept` of how many, in all `seeds`.

    Seeds are those whose tickets are stored and have the layer, since nets that were searched differ.
    """
    found = {}
    for address, measurements in cells.items():
        masks: dict[int, Masks] = {}
        for one in sorted(measurements, key=lambda one: one.costs.seed):
            (ticket,) = one.costs.parents
            if runner.stored(ticket) is not None:
                masks[one.costs.seed] = runner.store.ticket(ticket).masks
        layers = sorted({name for of_seed in masks.values() for name in starved_layers(of_seed)})
        if layers:
            found[str(address)] = {name: _kept(name, masks) for name in layers}
    return found


def _kept(name: str, masks: Mapping[int, Masks]) -> dict[str, list[int]]:
    seeds = [seed for seed, of_seed in masks.items() if name in of_seed]
    return {
        "seeds": seeds,
        "kept": [int(masks[seed][name].sum()) for seed in seeds],
        "weights": [masks[seed][name].numel() for seed in seeds],
    }
