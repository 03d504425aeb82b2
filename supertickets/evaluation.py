"""BatchNorm recalibration after a search (Alg. 1 l.6)."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def reestimate_batch_norm(net: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replace all running statistics by the plain average over the given training inputs, in train mode.

    Means are averages of batch means, variances averages of unbiased batch variances.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    training = net.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch: cumulative average
    net.train()
    try:
        for inputs in batches:
            net(inputs)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        net.train(training)
