"""The searching block as HR-NAS writes it: three separate kernel paths. A reference for speed and for tests."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from supertickets.supernet import Supernet
from supertickets.supernet.block import SearchingBlock


class ThreePathBlock(nn.Module):
    """Same function and weights as a full `SearchingBlock`, one path per kernel size, plain torch operators."""

    def __init__(self, block: SearchingBlock) -> None:
        super().__init__()
        assert block.expand is not None, "a block without units has no paths"
        self.shortcut, self.transformer = block.shortcut, block.transformer
        self.expands, self.depthwises, self.projects = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        self.expand_bns, self.depthwise_bns = nn.ModuleList(), nn.ModuleList()
        self.project_bn = block.project_bn
        start = 0
        for weight in block.depthwise.weights:
            channels, _, size, _ = weight.shape
            part = slice(start, start + channels)
            start += channels
            expand = nn.Conv2d(block.inputs, channels, 1, bias=False)
            depthwise = nn.Conv2d(channels, channels, size, block.stride, size // 2, groups=channels, bias=False)
            project = nn.Conv2d(channels, block.outputs, 1, bias=False)
            with torch.no_grad():
                expand.weight.copy_(block.expand.weight[part])
                depthwise.weight.copy_(weight)
                project.weight.copy_(block.project.weight[:, part])
            self.expands.append(expand)
            self.depthwises.append(depthwise)
            self.projects.append(project)
            self.expand_bns.append(_part_of(block.expand_bn, part))
            self.depthwise_bns.append(_part_of(block.depthwise_bn, part))

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        if self.shortcut is not None:
            residual = self.shortcut(x)
        elif self.transformer is not None:
            residual = self.transformer(x)
        total: Tensor | None = None
        for expand, first, depthwise, second, project in zip(
            self.expands, self.expand_bns, self.depthwises, self.depthwise_bns, self.projects, strict=True
        ):
            hidden = F.relu(first(expand(x)), inplace=True)
            path = project(F.relu(second(depthwise(hidden)), inplace=True))
            total = path if total is None else total + path
        return residual + self.project_bn(total)


def _part_of(norm: nn.BatchNorm2d, part: slice) -> nn.BatchNorm2d:
    channels = part.stop - part.start
    piece = nn.BatchNorm2d(channels, eps=norm.eps, momentum=norm.momentum)
    whole = norm.state_dict()
    piece.load_state_dict({k: v if v.dim() == 0 else v[part] for k, v in whole.items()})
    return piece


def unfused(net: Supernet) -> nn.Module:
    """A copy of `net` in which every searching block runs as three paths."""
    copied = copy.deepcopy(net)
    for name, module in list(copied.named_modules()):
        if isinstance(module, SearchingBlock):
            parent, _, leaf = name.rpartition(".")
            owner = copied.get_submodule(parent)
            setattr(owner, leaf, ThreePathBlock(module)) if not isinstance(owner, nn.ModuleDict) else owner.__setitem__(
                leaf, ThreePathBlock(module)
            )
    return copied
