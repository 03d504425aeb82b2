"""Scoring a net: BatchNorm statistics measured again on training batches, then the task's metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from supertickets.batches import Batches
from supertickets.descriptions import Count, check_fields
from supertickets.memory import to_device
from supertickets.samples import Samples
from supertickets.seeding import seeded
from supertickets.synchronised import average_statistics, synchronise


class EvaluationError(ValueError):
    """A protocol that makes no sense; the message names the field and the remedy."""


@dataclass(frozen=True)
class EvaluationProtocol:
    """What is done to a net before it is scored.

    Attributes:
        batch_norm: statistics are `re-estimated` before every evaluation, as in the public code, or used `as trained`,
            which for a net that was pruned in one shot means: from before the pruning.
        batches: training batches that statistics are estimated on.

    Raises:
        EvaluationError: a field out of range.
    """

    batch_norm: Literal["re-estimated", "as trained"] = "re-estimated"
    batches: Count = 10

    def __post_init__(self) -> None:
        check_fields(self, EvaluationError)


def evaluate(
    net: nn.Module, protocol: EvaluationProtocol, batches: Batches, samples: Samples, batch_size: int
) -> dict[str, float]:
    """Metrics of `net` in percent; its weights and masks stay as they are.

    Args:
        batches: of the training split, for the statistics; they name task, input size and device, too.
        samples: the split that is scored.
    """
    prepare(net, protocol, batches)
    size = batches.recipe.image_size
    with torch.no_grad():
        return batches.parallel.decided(lambda: batches.task.evaluate(net, samples, size, batch_size, batches.device))


def prepare(net: nn.Module, protocol: EvaluationProtocol, batches: Batches) -> nn.Module:
    """Bring `net` to where its outputs count: in eval mode, on the device, with the statistics of the protocol.

    Args:
        batches: of the training split, for the statistics.
    """
    to_device(net, batches.device)
    if protocol.batch_norm == "re-estimated":
        if batches.computing.statistics == "synchronised":
            synchronise(net, batches.parallel)
        with seeded(batches.seed, "re-estimation dropout"):
            reestimate_batch_norm(net, batches.inputs(range(protocol.batches), "re-estimation"))
        if batches.computing.statistics == "local":
            average_statistics(net, batches.parallel)
    return net.eval()


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
