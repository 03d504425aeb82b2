# PYTHON_ARGCOMPLETE_OK
"""`python -m bench.accelerator`: the rules `sigma` over `stonne`, layer by layer, as docs/accelerator.md has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from supertickets.command_line import run_command
from supertickets.command_parser import command_parser


def table() -> Iterator[str]:
    """Lines of Markdown: the paper-size supernet at 512x1024 under a random 50 % mask, on the array of `STONNE`."""
    from bench.accelerator.comparison import compare
    from bench.accelerator.config import SIGMA, STONNE
    from bench.accelerator.lowering import lower
    from supertickets.criteria.random import random_scores
    from supertickets.masks import global_masks
    from supertickets.supernet import CITYSCAPES

    net = CITYSCAPES.build(0)
    scores = random_scores(CITYSCAPES.prunable(net, "all"), 0)
    gemms = lower(net, (512, 1024), global_masks(scores, 50))
    same_array = replace(SIGMA, multipliers=STONNE.multipliers, distribution_bandwidth=STONNE.distribution_bandwidth)
    yield "| kind of layer | layers | median | lowest | highest | all cycles together |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for found in compare(gemms, same_array, STONNE):
        ratios = (found.median, found.low, found.high, found.total)
        yield f"| {found.kind} | {found.layers} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; returns 0."""
    command_parser("bench.accelerator", "Print how the two rule sets compare, layer by layer.").parse_args(arguments)
    print("\n".join(table()))
    return 0


if __name__ == "__main__":
    run_command(main)
