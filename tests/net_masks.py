"""Masks over all convolution and linear weights of a small net."""

from __future__ import annotations

import torch
from torch import nn

from supertickets.criteria.random import random_scores
from supertickets.masks import Masks, global_masks
from supertickets.supernet.weights import prunable


def random_masks(net: nn.Module, percent: int, seed: int = 0) -> Masks:
    """`percent` % zeros, anywhere."""
    return global_masks(random_scores(prunable(net, "all"), seed), percent)


def whole_masks(net: nn.Module) -> Masks:
    """Masks without a zero, to be changed by hand."""
    return {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in prunable(net, "all").items()}
