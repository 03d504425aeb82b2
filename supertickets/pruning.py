"""Which weights are pruned and how they are chosen: one value for two-in-one training and search-then-prune alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from supertickets.architecture import PrunableSet
from supertickets.batches import Batches
from supertickets.criteria import Candidates, Values, criterion
from supertickets.descriptions import Count, check_fields
from supertickets.freezing import StoredValue
from supertickets.masks import Counting, MaskError, Masks, Ranking, ranked_masks


@dataclass(frozen=True)
class Pruning:
    """How weights are pruned (docs/DEVIATIONS.md).

    Attributes:
        prunable: the set of weights that are compared and pruned.
        criterion: what goes first, a module of `supertickets.criteria`.
        counting: prune `exact`ly round(p n) weights or everything up to a `threshold`, ties included (public code).
        stored_value: pruned weights keep their value (`kept`), lose it (`zero`), or are still moved by L2 and
            moments while masked out (`moving`, public code).
        gradient_batches: training batches over which gradient scores are summed.
        ranking: weights are compared across all layers (`global`) or within each (`per layer`).

    Raises:
        MaskError: a field out of range.
        CriterionError: a criterion that does not exist.
    """

    prunable: PrunableSet = "body"
    criterion: str = "magnitude"
    counting: Counting = "exact"
    stored_value: StoredValue = "kept"
    gradient_batches: Count = 10
    ranking: Ranking = "global"

    def __post_init__(self) -> None:
        check_fields(self, MaskError)
        criterion(self.criterion)

    def masks(self, net: nn.Module, weights: Values, percent: int, batches: Batches, seed: int) -> Masks:
        """Masks with `percent` % zeros over all `weights` of `net` together.

        Args:
            weights: values to be scored, those of pruned weights included.
            batches: training data for criteria that need gradients.
            seed: for criteria that draw.
        """

        def gradients() -> Values:
            return summed_gradients(net, weights, batches, self.gradient_batches)

        scores = criterion(self.criterion)(Candidates(weights, gradients, seed))
        return batches.parallel.decided(lambda: ranked_masks(scores, percent, self.counting, self.ranking))


def summed_gradients(net: nn.Module, names: Mapping[str, Tensor], batches: Batches, count: int) -> dict[str, Tensor]:
    """dL/dw of the named weights summed over the first `count` training batches, by name; the same in every process.

    In eval mode: the net as it will be used, not batch statistics or dropout.
    """
    parameters = dict(net.named_parameters())
    weights = [parameters[name] for name in names]
    totals = [torch.zeros_like(weight) for weight in weights]
    training = net.training
    net.eval()
    try:
        for step in range(count):
            for inputs, targets, weight in batches.weighted(step):
                loss = batches.task.loss(net(inputs), targets)
                torch._foreach_add_(totals, list(torch.autograd.grad(loss * weight.to(loss.dtype), weights)))
    finally:
        net.train(training)
    batches.parallel.sum(totals)
    return dict(zip(names, totals, strict=True))
