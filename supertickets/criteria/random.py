"""Chance: the RP baselines."""

from __future__ import annotations

import torch
from torch import Tensor

from supertickets.criteria import Candidates


def uniform(given: Candidates) -> dict[str, Tensor]:
    """Uniform scores that depend on nothing but the seed, the layer order and the shapes."""
    generator = torch.Generator().manual_seed(given.seed)
    return {
        name: torch.rand(value.shape, generator=generator).to(value.device) for name, value in given.weights.items()
    }


CRITERION = uniform
