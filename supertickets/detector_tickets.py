"""Tickets of detectors that were found elsewhere: on a classifier (Tab. 1), or on a detector of another task (Tab. 2).

What comes out is where a training with the mask fixed begins.
"""

from __future__ import annotations

from typing import Literal

from supertickets.dead_ends import warn_of_emptied_layers
from supertickets.detectors.config import RCNN, DetectorError, ResNet
from supertickets.detectors.weights import in_detector, is_shared
from supertickets.masks import Ranking, ranked_masks
from supertickets.ticket import Ticket

Ranked = Literal["backbone", "detector"]
"""What magnitudes are compared with when a mask is transferred: the backbone's own, as the text has it, or those of all
layers of a detector whose heads are still random, as in the public code."""

Values = Literal["source", "imagenet"]
"""What kept weights are worth at first on another task: what the source's training left of them, or what they were
before it, those of the classifier in the backbone and fresh ones elsewhere."""


def with_backbone(classifier: Ticket, target: RCNN, seed: int) -> Ticket:
    """A fresh detector on the ResNet of a classifier: its values, its BatchNorm and its mask, if it has one.

    Dense, it is where every detector begins. A *transfer ticket* comes of a classifier that was trained under its mask.
    *Mask transfer* takes one that was pruned and not trained again: the mask and, where it keeps them, dense values.

    Raises:
        DetectorError: for another architecture than a ResNet, or another ResNet than the target's.
    """
    source = classifier.architecture
    if not isinstance(source, ResNet):
        raise DetectorError(f"the backbone comes from architecture {source.kind!r}: give the ticket of a 'resnet'")
    target.check_body(source)
    net = target.build(seed)
    state = net.state_dict()
    moved = {
        name: value
        for own, value in classifier.weights.items()
        if (name := in_detector(own, target.features)) in state  # not the classifier, not counts of batches
    }
    masks = {
        name: mask for own, mask in classifier.masks.items() if (name := in_detector(own, target.features)) in state
    }
    return Ticket.of(target, net, masks, moved)


def mask_transfer(
    classifier: Ticket, target: RCNN, percent: int, seed: int, ranked: Ranked = "backbone", ranking: Ranking = "global"
) -> Ticket:
    """A fresh detector on a dense classifier's backbone, pruned there by magnitude and not trained on the classifier.

    Args:
        percent: share of zeros among the weights that are `ranked`, whole percent. Of the `detector` only the backbone
            is then masked, so that it is not the sparsity of anything that comes out; the authors chose it by hand.

    Raises:
        DetectorError: for another architecture than a ResNet, or another ResNet than the target's.
        MaskError: a sparsity that is none.
    """
    start = with_backbone(classifier, target, seed)
    net = start.net()
    scores = {name: weight.detach().abs() for name, weight in target.prunable(net, ranked).items()}
    backbone = target.prunable(net, "backbone")
    masks = {name: mask for name, mask in ranked_masks(scores, percent, "exact", ranking).items() if name in backbone}
    warn_of_emptied_layers(net, masks, f"mask transfer at {percent} % of the {ranked}")
    return Ticket.of(target, net, masks)


def of_another_task(source: Ticket, start: Ticket, values: Values = "source") -> Ticket:
    """A detector under the mask that was found on another task, in all layers that both have.

    These are the backbone, the pyramid, and the hidden layers of proposals and boxes; the target's own head is dense.
    The text takes the values of all of them; the public code takes the mask alone (`imagenet`).

    Args:
        source: the ticket of the other task.
        start: a dense detector for the target on a classifier's backbone (`with_backbone`).

    Raises:
        DetectorError: for detectors that do not agree in what they share.
    """
    theirs, ours = source.architecture, start.architecture
    if not isinstance(theirs, RCNN) or not isinstance(ours, RCNN):
        raise DetectorError(f"a transfer from {theirs.kind!r} to {ours.kind!r}: give tickets of detectors, 'rcnn'")
    ours.check_shared(theirs)
    net = start.net()
    shared = ours.prunable(net, "shared")
    masks = {name: mask for name, mask in source.masks.items() if name in shared}
    moved = {
        name: value
        for name, value in source.weights.items()
        if values == "source" and is_shared(name) and name in start.weights
    }
    return Ticket.of(ours, net, masks, moved)
