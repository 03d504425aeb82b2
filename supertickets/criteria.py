"""Scores by which weights are pruned, lowest first: random, magnitude, gradient (SNIP)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from supertickets.masks import MaskError, prunable

Criterion = Literal["random", "magnitude", "gradient"]


def magnitude_scores(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """|w|."""
    return {name: value.abs() for name, value in values.items()}


def random_scores(values: Mapping[str, Tensor], seed: int) -> dict[str, Tensor]:
    """Uniform scores that depend on nothing but the seed, the layer order and the shapes."""
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(value.shape, generator=generator).to(value.device) for name, value in values.items()}


def gradient_scores(net: nn.Module, losses: Iterable[Callable[[], Tensor]]) -> dict[str, Tensor]:
    """|dL/dm| at m = 1, i.e. |w * dL/dw|, with dL/dw summed over the given batches (Lee et al., SNIP).

    Args:
        losses: one function per training batch that runs the net and returns its task loss.
    """
    weights = prunable(net)
    totals = [torch.zeros_like(weight) for weight in weights.values()]
    batches = 0
    for loss in losses:
        grads = torch.autograd.grad(loss(), list(weights.values()))
        torch._foreach_add_(totals, list(grads))
        batches += 1
    if not batches:
        raise MaskError("gradient scores need at least one training batch")
    return {
        name: (weight.detach() * total).abs() for (name, weight), total in zip(weights.items(), totals, strict=True)
    }
