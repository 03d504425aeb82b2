"""Layers of which a mask keeps nothing: whether the net still answers to its picture, by the paths that are left."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from supertickets.detectors.net import Detector
from supertickets.masks import emptied_layers
from supertickets.plain import copied

SIDE = 64
"""Pixels of the pictures that are tried: nets here take any size, and this one every stride."""


def warn_of_emptied_layers(net: nn.Module, masks: Mapping[str, Tensor], when: str) -> int:
    """Warn when nothing is kept of some layer, and say what that means; returns how many such layers there are.

    Args:
        net: what the masks belong to; it stays as it is.
        when: what has made the masks, the beginning of the sentence.
    """
    if emptied := emptied_layers(masks):
        because = f"because nothing is kept of {', '.join(emptied)}"
        if signal_passes(net, masks):
            what = f"a dead end, {because}; signals pass on other paths, and the score says whether that is enough"
        else:
            what = f"no signal passes, {because}, and the net answers the same to every picture"
        warnings.warn(f"{when}: {what}; a lower sparsity keeps more", stacklevel=3)
    return len(emptied)


@torch.no_grad()
def signal_passes(net: nn.Module, masks: Mapping[str, Tensor]) -> bool:
    """Whether a path of kept weights leads from the picture to the answer; of a detector, to its maps.

    Two pictures pass a copy whose kept weights are positive and whose normalisations do nothing, so that neither
    values nor activations can end a path; nothing but weights that are zero makes its answers equal.
    """
    shadow = copied(net).to("cpu", torch.float64).eval()
    random = torch.Generator().manual_seed(0)
    for name, value in (*shadow.named_parameters(), *shadow.named_buffers()):
        if value.dim() == 1:
            value.fill_(0.0 if name.endswith(("bias", "running_mean")) else 1.0)
        elif isinstance(value, nn.Parameter):
            drawn = torch.rand(value.shape, generator=random, dtype=torch.float64)
            if name in masks:
                drawn *= masks[name].cpu()
            # means of what is kept: through any number of layers, values stay within what a float can hold
            value.copy_((drawn.flatten(1) / drawn.flatten(1).sum(1, keepdim=True).clamp_min(1e-9)).view_as(drawn))
    pictures = torch.rand(2, 3, SIDE, SIDE, generator=random, dtype=torch.float64)
    answer = (shadow.backbone if isinstance(shadow, Detector) else shadow)(pictures)
    return any(bool((one != other).any()) for one, other in _tensors(answer))


def _tensors(answer: Any) -> Iterable[Tensor]:
    return answer.values() if isinstance(answer, dict) else (answer,)
