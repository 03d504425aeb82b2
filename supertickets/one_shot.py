"""One-shot pruning: the second half of search-then-prune (S+P), the paper's usual pipeline."""

from __future__ import annotations

from supertickets.batches import Batches
from supertickets.dead_ends import warn_of_emptied_layers
from supertickets.memory import to_device
from supertickets.pruning import Pruning
from supertickets.ticket import Ticket


def pruned_once(subnet: Ticket, pruning: Pruning, percent: int, batches: Batches) -> Ticket:
    """The subnet under a global mask of `percent` % zeros; weights and BatchNorm statistics stay as they are.

    Args:
        batches: training data for criteria that look at any; their seed is that of criteria that draw.

    Raises:
        MaskError: a sparsity that is none, or scores that are not numbers.
    """
    net = subnet.net()
    to_device(net, batches.device)
    weights = {name: weight.detach() for name, weight in subnet.architecture.prunable(net, pruning.prunable).items()}
    masks = pruning.masks(net, weights, percent, batches, batches.seed)
    warn_of_emptied_layers(net, masks, f"one-shot pruning by {pruning.criterion} to {percent} %")
    return Ticket.of(subnet.architecture, net, masks)
