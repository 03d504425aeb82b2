"""A stand-in for the ticket of Tab. 10, which nobody has published: constructed to its printed cost, not trained.

It is the paper-size supernet for Cityscapes without transformers (their attention alone has more parameters than
the printed total), with hidden channels removed until printed parameters and MACs both come out, and a random mask.
One share of channels per resolution, growing by the same factor from each resolution to the next coarser one: the
search, too, charges channels by their MACs and so keeps fewer where maps are large. Two unknowns, two printed numbers.
Its accuracy means nothing; its size, shapes and sparsity are what a simulator and a stopwatch see.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from supertickets.costs import cost
from supertickets.criteria.random import random_scores
from supertickets.masks import global_masks, pruned_count
from supertickets.rounds import LatencyError
from supertickets.searching import UnitShape, input_sizes
from supertickets.supernet import CITYSCAPES, SupernetConfig
from supertickets.supernet.block import SearchingBlock
from supertickets.ticket import Ticket
from supertickets.units import unit_groups

WITHOUT_TRANSFORMERS = replace(CITYSCAPES, tokens=0)
CONSTRUCTED = "constructed (not trained)"


@dataclass(frozen=True)
class PrintedCost:
    """What a table prints of a ticket.

    Attributes:
        params_nonzero: parameters that the mask leaves.
        macs_official: MACs as the public code estimates them, dense MACs times the share of parameters left.
        sparsity_percent: zeros among all convolution and linear weights.
        image_size: (H, W) that the MACs are for.
    """

    params_nonzero: int
    macs_official: int
    sparsity_percent: int
    image_size: tuple[int, int]


TABLE_10 = PrintedCost(630_000, 1_000_000_000, 50, (512, 1024))
"""ST (p = 50 %) in Tab. 10: 0.63M parameters, 1.0G "FLOPs" at 512x1024."""


@dataclass(frozen=True)
class _Path:
    """The channels of one kernel size in one block, and what each of them costs."""

    block: str
    level: int
    channels: int
    weights: int
    macs: int


class ShapeCosts:
    """Cost of any shape of a supernet, which is linear in its channels."""

    def __init__(self, config: SupernetConfig, image_size: tuple[int, int]) -> None:
        net = config.build(0).to("meta")
        sizes = input_sizes(net, image_size)
        finest = max(height for height, _ in sizes.values())
        self.paths: list[_Path] = []
        for name, block in unit_groups(net).items():
            if not isinstance(block, SearchingBlock):
                raise LatencyError("a ticket is constructed from a supernet without transformers: set tokens=0")
            costs = block.macs_per_unit(sizes[name]).split(list(block.depthwise.channels))
            level = round(math.log2(finest / sizes[name][0]))
            for kernel, each in zip(block.depthwise.kernels, costs, strict=True):
                weights = block.inputs + kernel * kernel + block.outputs
                self.paths.append(_Path(name, level, len(each), weights, int(each[0])))
        dense = cost(net, image_size)
        norms = 4  # scale and shift of two BatchNorms per channel
        self.params = dense.params_total - sum(p.channels * (p.weights + norms) for p in self.paths)
        weights = sum(weight.numel() for weight in config.prunable(net, "all").values())
        self.weights = weights - sum(p.channels * p.weights for p in self.paths)
        self.macs = dense.macs_dense - sum(p.channels * p.macs for p in self.paths)
        self.norms = norms

    def kept(self, share: float, growth: float) -> list[int]:
        """Channels left in every path; no path is emptied."""
        return [max(1, min(p.channels, round(p.channels * share * growth**p.level))) for p in self.paths]

    def nonzero_and_official(self, kept: list[int], percent: int) -> tuple[int, float]:
        """(non-zero parameters, official MACs) under a mask of `percent` %."""
        both = list(zip(kept, self.paths, strict=True))
        total = self.params + sum(n * (p.weights + self.norms) for n, p in both)
        weights = self.weights + sum(n * p.weights for n, p in both)
        macs = self.macs + sum(n * p.macs for n, p in both)
        nonzero = total - pruned_count(weights, percent)
        return nonzero, macs * nonzero / total

    def shape(self, kept: list[int]) -> UnitShape:
        """The shape with so many channels in every path."""
        shape: UnitShape = {}
        for n, path in zip(kept, self.paths, strict=True):
            shape.setdefault(path.block, []).append(n)
        return shape


def construct(printed: PrintedCost = TABLE_10, config: SupernetConfig = WITHOUT_TRANSFORMERS, seed: int = 0) -> Ticket:
    """A ticket of the printed cost; weights are fresh, the mask is random, both by `seed`.

    Raises:
        LatencyError: when no shape of the supernet comes within 2 % of both numbers.
    """
    costs = ShapeCosts(config, printed.image_size)

    def share_for(growth: float) -> float:
        """The share that meets the parameters."""
        return _root(
            lambda share: (
                costs.nonzero_and_official(costs.kept(share, growth), printed.sparsity_percent)[0]
                - printed.params_nonzero
            )
        )

    def official(growth: float) -> float:
        kept = costs.kept(share_for(growth), growth)
        return costs.nonzero_and_official(kept, printed.sparsity_percent)[1]

    # at equal parameters, coarser channels have fewer MACs
    growth = _root(lambda growth: printed.macs_official - official(growth), high=64.0)
    kept = costs.kept(share_for(growth), growth)
    found = costs.nonzero_and_official(kept, printed.sparsity_percent)
    for what, have, want in zip(
        ("parameters", "MACs"), found, (printed.params_nonzero, printed.macs_official), strict=True
    ):
        if abs(have - want) > 0.02 * want:
            raise LatencyError(f"no shape of this supernet has {want:,} {what} as printed: the nearest has {have:,.0f}")
    net = config.shaped(costs.shape(kept), seed)
    scores = random_scores(config.prunable(net, "all"), seed)
    return Ticket.of(config, net, global_masks(scores, printed.sparsity_percent))


def _root(rising: Callable[[float], float], high: float = 1.0) -> float:
    """Where a rising function changes its sign between 0 and `high`, to 24 halvings; one of them when it does not."""
    low = 0.0
    for _ in range(24):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return high
