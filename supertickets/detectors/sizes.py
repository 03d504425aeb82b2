"""Three sparsities of a detector, which its tables have side by side: of the network, the backbone, and what is pruned.

The paper's is that of the network: zeros among all parameters, counted over the whole network even where only the
backbone was pruned, with the biases that began at zero among the zeros. In an untrained net that counts all of its
biases; in a trained one a bias is hardly ever zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from supertickets.detectors.config import RCNN
from supertickets.ticket import Ticket


@dataclass(frozen=True)
class Sparsities:
    """Shares of zeros in percent.

    Attributes:
        network: among all parameters of the net.
        network_with_biases: the same with every bias counted as a zero, as in the paper.
        backbone: among the ResNet's convolutions without shortcuts.
        shared: among what detectors of all tasks have.
        prunable: among all layers that the paper prunes, the task's own head included.
    """

    network: float
    network_with_biases: float
    backbone: float
    shared: float
    prunable: float


def sparsities(ticket: Ticket) -> Sparsities:
    """Of a detector.

    Raises:
        ValueError: for a ticket of another architecture.
    """
    architecture = ticket.architecture
    if not isinstance(architecture, RCNN):
        raise ValueError(f"the ticket is of architecture {architecture.kind!r}: give that of a detector")
    net = ticket.net()
    parameters = dict(net.named_parameters())
    zeros = {name: parameter.numel() - int(torch.count_nonzero(parameter)) for name, parameter in parameters.items()}

    def share(names: Mapping[str, object]) -> float:
        return 100 * sum(zeros[name] for name in names) / sum(parameters[name].numel() for name in names)

    biases = {name: p.numel() for name, p in parameters.items() if name.endswith("bias")}
    total = sum(parameter.numel() for parameter in parameters.values())
    uncounted = sum(biases.values()) - sum(zeros[name] for name in biases)
    return Sparsities(
        network=share(parameters),
        network_with_biases=share(parameters) + 100 * uncounted / total,
        backbone=share(architecture.prunable(net, "backbone")),
        shared=share(architecture.prunable(net, "shared")),
        prunable=share(architecture.prunable(net, "detector")),
    )


def frozen_affine(net: nn.Module) -> int:
    """Scales and shifts of frozen BatchNorms: buffers here, parameters in the code for VOC and in torchvision's count."""
    from torchvision.ops import FrozenBatchNorm2d

    return sum(2 * norm.weight.numel() for norm in net.modules() if isinstance(norm, FrozenBatchNorm2d))


def network_sparsity(net: nn.Module, pruned: Mapping[str, Tensor], affine: bool = False) -> float:
    """Percent of zeros as the paper prints them, of a net whose biases are as they began.

    Args:
        pruned: masks, True = kept.
        affine: whether the frozen scales and shifts count among the parameters.
    """
    zeros = sum(int((~mask).sum()) for mask in pruned.values())
    biases = sum(value.numel() for name, value in net.named_parameters() if name.endswith("bias"))
    total = sum(value.numel() for value in net.parameters()) + (frozen_affine(net) if affine else 0)
    return 100 * (zeros + biases) / total
