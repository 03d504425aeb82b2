"""A ticket as a physically smaller net: hidden channels that the mask has made constant are really removed.

What unstructured masks leave for dense kernels to skip: a hidden channel of a searching block is dead when its value
is the same at every position of every image. That holds when its depthwise filter or its scale is zero, or when its
expansion is all zero and its BatchNorm and ReLU send that zero to zero (otherwise the zero padding of the depthwise
convolution makes borders differ); and a channel that no output reads is dead whatever it holds. The constants that
dead channels still contribute are folded into the next BatchNorm. Tokens stay: they attend to each other, so that a
token without outgoing weights still matters. Branch channels are shared by blocks and stay too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from supertickets.searching import remove_units
from supertickets.supernet.block import SearchingBlock
from supertickets.ticket import Ticket
from supertickets.units import unit_groups


class _FollowingMasks:
    """Masks that shrink with the weights."""

    def __init__(self, masks: dict[str, Tensor]) -> None:
        self.masks = masks

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        if name in self.masks:
            self.masks[name] = self.masks[name].index_select(dim, index)
            if not self.masks[name].numel():
                del self.masks[name]  # a kernel size without channels has no mask

    def drop(self, name: str) -> None:
        self.masks.pop(name, None)


@torch.no_grad()
def shrink(ticket: Ticket) -> Ticket:
    """The ticket without its dead hidden channels; in eval mode its net computes the same up to rounding."""
    net = ticket.net()
    following = _FollowingMasks(dict(ticket.masks))
    survivors = {}
    for name, block in unit_groups(net).items():
        if isinstance(block, SearchingBlock):
            keep = _fold_dead_channels(block)
            if len(keep) < block.units:
                survivors[name] = keep
    remove_units(net, survivors, [following])
    return Ticket.of(ticket.architecture, net, following.masks)


def _fold_dead_channels(block: SearchingBlock) -> Tensor:
    """Move what the dead channels contribute into the next BatchNorm; returns the channels that have to stay."""
    reads = block.project.weight.flatten(1)
    constant, constants = _constants(block)
    dead = constant | ~reads.any(0)
    contribution = reads[:, dead] @ constants[dead]
    after = block.project_bn
    assert after.running_mean is not None
    keep = (~dead).nonzero().squeeze(1)
    if not len(keep) and _normalised(after, contribution).any():
        keep = torch.arange(1)  # the block still adds a constant: one channel has to carry it
        dead[0] = False
        contribution = reads[:, dead] @ constants[dead]
    after.running_mean -= contribution
    return keep


def _constants(block: SearchingBlock) -> tuple[Tensor, Tensor]:
    """(which hidden channels are constant, the constant each of them holds after its last ReLU)."""
    assert block.expand is not None
    depthwise = torch.cat([weight.flatten(1).any(1) for weight in block.depthwise.weights])
    from_nothing = F.relu(_normalised(block.expand_bn, torch.zeros_like(block.expand_bn.bias)))
    silent = ~block.expand.weight.flatten(1).any(1) & (from_nothing == 0)
    last = block.depthwise_bn
    return ~depthwise | silent | (last.weight == 0), F.relu(_normalised(last, torch.zeros_like(last.bias)))


def _normalised(norm: nn.BatchNorm2d, values: Tensor) -> Tensor:
    """BatchNorm of one value per channel, with running statistics."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    return F.batch_norm(values[None], norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)[0]
