"""Sparsities of a detector, which its tables have side by side: of the network, the backbone, and what is pruned.

The paper's is that of the network: zeros among all parameters, even where only the backbone was pruned. It counts them
before training, when every bias is zero; of a trained net it comes out a hundredth of a point lower.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from supertickets.detectors.config import RCNN
from supertickets.ticket import Ticket

HEAD_OF_BOXES = "roi_heads.box_head."
"""How names of its weights begin."""


@dataclass(frozen=True)
class Sparsities:
    """Shares of zeros in percent.

    Attributes:
        network: among all parameters of the net.
        backbone: among the ResNet's convolutions without shortcuts.
        shared: among what detectors of all tasks have (`supertickets.architecture.PrunableSet`).
        prunable: among all layers that the paper prunes, the task's own head included.
        boxes: among the hidden layers of the head of the boxes, which one ranking of all layers may empty.
    """

    network: float
    backbone: float
    shared: float
    prunable: float
    boxes: float


def sparsities(ticket: Ticket) -> Sparsities:
    """Of a detector.

    Raises:
        ValueError: for a ticket of another architecture.
    """
    architecture = ticket.architecture
    if not isinstance(architecture, RCNN):
        raise ValueError(f"the ticket is of architecture {architecture.kind!r}: give that of a detector")
    net = ticket.net()
    backbone, shared, prunable = (
        _zeros(architecture.prunable(net, which).values()) for which in ("backbone", "shared", "detector")
    )
    boxes = _zeros(
        weight for name, weight in net.named_parameters() if name.startswith(HEAD_OF_BOXES) and weight.dim() > 1
    )
    return Sparsities(network_sparsity(net), backbone, shared, prunable, boxes)


def network_sparsity(net: nn.Module, affine: bool = False) -> float:
    """Percent of zeros among all parameters.

    Args:
        affine: whether the scales and shifts of frozen BatchNorms are parameters, as in torchvision's detectors and in
            the paper's code for VOC; its code for COCO has them as buffers, and so has this one.
    """
    return _zeros(net.parameters(), _affine(net) if affine else 0)


def _zeros(weights: Iterable[Tensor], others: int = 0) -> float:
    weights = list(weights)
    kept = sum(int(torch.count_nonzero(weight)) for weight in weights)
    total = sum(weight.numel() for weight in weights)
    return 100 * (total - kept) / (total + others)


def _affine(net: nn.Module) -> int:
    from torchvision.ops import FrozenBatchNorm2d

    return sum(2 * norm.weight.numel() for norm in net.modules() if isinstance(norm, FrozenBatchNorm2d))
