"""Masks over prunable weights: how many are pruned, which, and whether a mask fits its net.

A mask is bool, True = kept, and has the shape of its weight. Sparsity is the fraction of zeros: 0 is dense.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import torch
from torch import Tensor

Masks = dict[str, Tensor]
Counting = Literal["exact", "threshold"]
Ranking = Literal["global", "per layer"]


class MaskError(ValueError):
    """A sparsity or mask that cannot be applied; the message names the culprit and the remedy."""


def check_sparsity(percent: int) -> None:
    """Refuse anything that is not a whole percentage from 0 to 99.

    Raises:
        MaskError: for keep ratios, fractions and percentages out of range.
    """
    if type(percent) is not int or not 0 <= percent <= 99:
        raise MaskError(
            f"sparsity {percent!r}: give the share of zeros in whole percent, 0 (dense) to 99; "
            "to keep 10 % of the weights ask for 90"
        )


def pruned_count(total: int, percent: int) -> int:
    """round(p * n) in exact arithmetic; halves go to the even neighbour."""
    check_sparsity(percent)
    return round(Fraction(total * percent, 100))


def sparsity(masks: Mapping[str, Tensor]) -> float:
    """Fraction of zeros over all masks together, 0..1."""
    total = sum(mask.numel() for mask in masks.values())
    return 1.0 - sum(int(mask.sum()) for mask in masks.values()) / total if total else 0.0


def global_masks(scores: Mapping[str, Tensor], percent: int, counting: Counting = "exact") -> Masks:
    """Prune the `percent` % weights with the lowest scores, compared across all layers.

    Args:
        scores: non-negative, any shapes; NaN is refused.
        percent: target sparsity, whole percent.
        counting: `exact` prunes exactly `round(p * n)`, ties broken by position (layer order, then row-major);
            `threshold` prunes everything <= the score of the last pruned weight, as the public code does, so that
            ties at the threshold all go.

    Raises:
        MaskError: bad percentage, no scores, or a NaN score (names the tensor).
    """
    names = list(scores)
    if not names:
        raise MaskError("there is no weight to prune: the net has no convolution or linear layer")
    for name in names:
        if torch.isnan(scores[name]).any():
            raise MaskError(f"scores of {name} hold NaN: the run has diverged; lower the learning rate")
    flat = torch.cat([scores[name].detach().reshape(-1) for name in names])
    count = pruned_count(flat.numel(), percent)
    kept = torch.ones(flat.numel(), dtype=torch.bool, device=flat.device)
    if count:
        threshold = flat.kthvalue(count).values
        if counting == "threshold":
            kept = flat > threshold
        else:
            below = flat < threshold
            ties = (flat == threshold).nonzero().squeeze(1)
            kept[below] = False
            kept[ties[: count - int(below.sum())]] = False
    parts = kept.split([scores[name].numel() for name in names])
    return {name: part.reshape(scores[name].shape) for name, part in zip(names, parts, strict=True)}


def ranked_masks(scores: Mapping[str, Tensor], percent: int, counting: Counting, ranking: Ranking) -> Masks:
    """`global_masks` over all weights together, or over those of each layer alone.

    Raises:
        MaskError: as `global_masks`.
    """
    if ranking == "global":
        return global_masks(scores, percent, counting)
    return {name: global_masks({name: own}, percent, counting)[name] for name, own in scores.items()}


def emptied_layers(masks: Mapping[str, Tensor]) -> list[str]:
    """Names of weights of which nothing is kept: no signal passes such a layer (`supertickets.dead_ends`)."""
    return [name for name, mask in masks.items() if mask.numel() and not mask.any()]


def check_fit(weights: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> None:
    """Refuse masks that do not fit the weights of their names; weights may go without.

    Raises:
        MaskError: an unknown name, a wrong shape, or a mask that is not bool.
    """
    if unknown := sorted(masks.keys() - weights.keys()):
        raise MaskError(f"mask for {unknown[0]}, which the net does not have: masks of another net?")
    for name, mask in masks.items():
        if mask.dtype != torch.bool:
            raise MaskError(f"mask of {name} is {mask.dtype}: masks are bool, True = kept")
        if mask.shape != weights[name].shape:
            raise MaskError(f"mask of {name} has shape {tuple(mask.shape)}, its weight {tuple(weights[name].shape)}")
