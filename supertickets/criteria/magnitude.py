"""|w|: the smallest weights go first."""

from __future__ import annotations

from torch import Tensor

from supertickets.criteria import Candidates


def magnitude(given: Candidates) -> dict[str, Tensor]:
    """|w|."""
    return {name: value.abs() for name, value in given.weights.items()}


CRITERION = magnitude
