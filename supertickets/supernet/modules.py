"""Stem, fusion module, parallel module and heads: the parts a supernet is stacked from (HR-NAS)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from supertickets.supernet.config import SupernetConfig

Blocks = Callable[[int, int, int, "SupernetConfig"], Any]
"""Makes a searching block of inputs, outputs and stride, or puts something else in its place."""


def conv_bn_relu(inputs: int, outputs: int, kernel: int, stride: int, config: SupernetConfig) -> nn.Sequential:
    """Convolution without bias, BatchNorm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs, eps=config.bn_eps, momentum=config.bn_momentum),
        nn.ReLU(inplace=True),
    )


class Fusion(nn.Module):
    """Every output branch i sums blocks from input branches i-1, i and i+1, then ReLU.

    `[(B, C_j, H / 2^j, W / 2^j)] -> ` the same list for the new channels. A new, coarser branch comes from the
    last output by a stride-2 block (without ReLU after it).
    """

    def __init__(self, inputs: Sequence[int], outputs: Sequence[int], config: SupernetConfig, block: Blocks) -> None:
        super().__init__()
        self.paths = nn.ModuleList()
        for target in range(len(inputs)):
            row = nn.ModuleDict()
            for source in range(max(0, target - 1), min(len(inputs), target + 2)):
                stride = 2 if source < target else 1
                row[str(source)] = block(inputs[source], outputs[target], stride, config)
            self.paths.append(row)
        self.new_branch = None
        if len(outputs) > len(inputs):
            self.new_branch = block(outputs[-2], outputs[-1], 2, config)

    def forward(self, branches: list[Tensor]) -> list[Tensor]:
        fused = []
        for target, row in enumerate(self.paths):
            total: Tensor | None = None
            size = branches[target].shape[2:]
            for source, block in row.items():  # type: ignore[operator]
                y = block(branches[int(source)])
                if y.shape[2:] != size:
                    y = F.interpolate(y, size, mode="nearest")
                total = y if total is None else total + y
            assert total is not None
            fused.append(F.relu(total))
        if self.new_branch is not None:
            fused.append(self.new_branch(fused[-1]))
        return fused


class ParallelBranches(nn.Module):
    """A row of blocks on every branch, resolutions apart."""

    def __init__(self, blocks: Sequence[int], channels: Sequence[int], config: SupernetConfig, block: Blocks) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(block(c, c, 1, config) for _ in range(n))) for n, c in zip(blocks, channels, strict=True)
        )

    def forward(self, branches: list[Tensor]) -> list[Tensor]:
        return [row(x) for row, x in zip(self.branches, branches, strict=True)]


class DenseHead(nn.Module):
    """All branches, resized to the finest and concatenated -> block -> 1x1 classifier: `(B, outputs, H, W)`."""

    def __init__(self, channels: Sequence[int], config: SupernetConfig, block: Blocks) -> None:
        super().__init__()
        self.block = block(sum(channels), config.last_channels, 1, config)
        self.classifier = nn.Conv2d(config.last_channels, config.outputs, 1)

    def forward(self, branches: list[Tensor]) -> Tensor:
        size = branches[0].shape[2:]
        coarser = [F.interpolate(x, size, mode="bilinear", align_corners=False) for x in branches[1:]]
        return self.classifier(self.block(torch.cat([branches[0], *coarser], dim=1)))


class ClassificationHead(nn.Module):
    """Branches raised to `branch_channels`, added down to the coarsest, pooled and classified: `(B, outputs)`."""

    def __init__(self, channels: Sequence[int], config: SupernetConfig, block: Blocks) -> None:
        super().__init__()
        widths = config.branch_channels
        self.raises = nn.ModuleList(block(c, w, 1, config) for c, w in zip(channels, widths, strict=True))
        self.downs = nn.ModuleList(block(a, b, 2, config) for a, b in pairwise(widths))
        self.final = conv_bn_relu(widths[-1], config.last_channels, 1, 1, config)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(config.last_channels, config.outputs)

    def forward(self, branches: list[Tensor]) -> Tensor:
        total = self.raises[0](branches[0])
        for widen, down, x in zip(self.raises[1:], self.downs, branches[1:], strict=True):
            total = widen(x) + down(total)
        return self.classifier(self.dropout(self.final(total).mean(dim=(2, 3))))
