"""Chance: the RP baselines."""

from __future__ import annotations

import torch
from torch import Tensor

from supertickets.criteria import Candidates, Values


def random_scores(weights: Values, seed: int) -> dict[str, Tensor]:
    """Uniform scores that depend on nothing but the seed, the layer order and the shapes.

    Masks of a higher sparsity are subsets of those of a lower one, since scores stay the same.
    """
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(value.shape, generator=generator).to(value.device) for name, value in weights.items()}


def uniform(given: Candidates) -> dict[str, Tensor]:
    """Scores by chance."""
    return random_scores(given.weights, given.seed)


CRITERION = uniform
