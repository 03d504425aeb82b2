"""`python -m bench.accelerator`: the rules `sigma` over `stonne`, layer by layer, as docs/accelerator.md has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.accelerator.comparison import compare
from bench.accelerator.config import SIGMA, STONNE
from bench.accelerator.lowering import lower
from supertickets.architecture import Architecture
from supertickets.criteria.random import random_scores
from supertickets.masks import global_masks
from supertickets.supernet import CITYSCAPES


def table(
    architecture: Architecture = CITYSCAPES, image_size: tuple[int, int] = (512, 1024), percent: int = 50
) -> Iterator[str]:
    """Lines of Markdown: a net under a random mask, both rules on the array of `STONNE`."""
    net = architecture.build(0)
    scores = random_scores(architecture.prunable(net, "all"), 0)
    gemms = lower(net, image_size, global_masks(scores, percent))
    same_array = replace(SIGMA, multipliers=STONNE.multipliers, distribution_bandwidth=STONNE.distribution_bandwidth)
    yield "| kind of layer | layers | median | lowest | highest | all cycles together |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for found in compare(gemms, same_array, STONNE):
        ratios = (found.median, found.low, found.high, found.total)
        yield f"| {found.kind} | {found.layers} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |"


if __name__ == "__main__":
    print("\n".join(table()))
