"""Which layers a mask starves: one threshold for all layers leaves little of those whose weights are small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bench.runner import Runner
from paper_tables.table import Address

if TYPE_CHECKING:
    from paper_tables.measured import Measurement

STARVED = 0.1
"""A layer is starved when a mask keeps less than this share of what it keeps of all weights on the average."""

Layers = Mapping[str, Mapping[str, int]]
"""`kept` and `weights` of every layer with a mask, as `bench.steps.count` tells them."""


def starved_layers(layers: Layers) -> list[str]:
    """Names of the layers that are starved, emptied ones among them."""
    kept, weights = (sum(layer[count] for layer in layers.values()) for count in ("kept", "weights"))
    return [name for name, layer in layers.items() if layer["kept"] * weights < STARVED * kept * layer["weights"]]


def starved(
    cells: Mapping[Address, Sequence[Measurement]], runner: Runner
) -> dict[str, dict[str, dict[str, list[int]]]]:
    """Of each cell the layers that are starved in some seed: how many weights are `kept` of how many, in all `seeds`.

    Seeds are those whose costs are stored and whose net has the layer, since nets that were searched differ.
    """
    found = {}
    for address, measurements in cells.items():
        counted: dict[int, Layers] = {}
        for one in sorted(measurements, key=lambda one: one.costs.seed):
            if result := runner.stored(one.costs):
                counted[one.costs.seed] = result.numbers["kept_by_layer"]
        layers = sorted({name for of_seed in counted.values() for name in starved_layers(of_seed)})
        if layers:
            found[str(address)] = {name: _kept(name, counted) for name in layers}
    return found


def _kept(name: str, counted: Mapping[int, Layers]) -> dict[str, list[int]]:
    seeds = [seed for seed, layers in counted.items() if name in layers]
    return {"seeds": seeds, **{count: [counted[seed][name][count] for seed in seeds] for count in ("kept", "weights")}}
