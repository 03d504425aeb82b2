"""SNIP (Lee et al., ICLR 2019): how much the loss would feel the loss of a connection."""

from __future__ import annotations

from torch import Tensor

from supertickets.criteria import Candidates


def gradient(given: Candidates) -> dict[str, Tensor]:
    """|dL/dm| at m = 1, i.e. |w dL/dw|, with dL/dw summed over training batches."""
    sums = given.gradients()
    return {name: (value * sums[name]).abs() for name, value in given.weights.items()}


CRITERION = gradient
