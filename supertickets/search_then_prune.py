"""Search-then-prune (S+P): the paper's usual pipeline. The searched net is pruned once, by any criterion."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from supertickets.criteria import Criterion, gradient_scores, magnitude_scores, random_scores
from supertickets.masks import Counting, MaskError, global_masks, prunable, warn_of_emptied_layers
from supertickets.memory import place
from supertickets.recipe import Recipe
from supertickets.seeding import DataOrder, derive_seed, generator
from supertickets.tasks import Task
from supertickets.ticket import Ticket


def prune_subnet(
    subnet: Ticket,
    criterion: Criterion,
    percent: int,
    seed: int,
    task: Task,
    split: Any,
    recipe: Recipe,
    batches: int,
    device: torch.device,
    counting: Counting = "exact",
) -> Ticket:
    """The subnet under a one-shot global mask of `percent` % zeros; weights and BatchNorm state stay as they are.

    Args:
        split, batches: training data for gradient scores; other criteria do not look at them.
        counting: as for two-in-one training.
    """
    net = subnet.net()
    place(net, device)
    values = {name: weight.detach() for name, weight in prunable(net).items()}
    if criterion == "random":
        scores = random_scores(values, derive_seed(seed, "random"))
    elif criterion == "magnitude":
        scores = magnitude_scores(values)
    elif criterion == "gradient":
        # eval mode: scores of the net as it will be used, not of batch statistics or dropout
        net.eval()
        order = DataOrder(len(split.images), recipe.batch_size, derive_seed(seed, "order"))

        def loss(step: int) -> Tensor:
            draws = generator(seed, "augmentation", step)
            inputs, targets = task.batch(
                split, order.batch(step), recipe.image_size, recipe.augmentation, draws, device
            )
            return task.loss(net(inputs), targets)

        scores = gradient_scores(net, (lambda step=step: loss(step) for step in range(batches)))  # type: ignore[misc]
    else:
        raise MaskError(f"criterion is {criterion!r}: choose random, magnitude or gradient")
    masks = global_masks(scores, percent, counting)
    warn_of_emptied_layers(masks, f"one-shot pruning by {criterion} scores to {percent} %")
    return Ticket.of(net, masks)
