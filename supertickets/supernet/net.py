"""The supernet: stem, stages, head; built from a config, optionally in the shape of a searched subnet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.modules import Blocks, ClassificationHead, DenseHead, Fusion, ParallelBranches, conv_bn_relu
from supertickets.supernet.weights import initialise

if TYPE_CHECKING:
    from supertickets.supernet.config import SupernetConfig


class Supernet(nn.Module):
    """Multi-resolution supernet of HR-NAS, task-agnostic but for its head.

    `(B, 3, H, W)`, normalised floats -> `(B, outputs, H / 4, W / 4)` (dense head) or `(B, outputs)`.
    """

    def __init__(self, config: SupernetConfig, block: Blocks = SearchingBlock) -> None:
        super().__init__()
        self.config = config
        first, second = config.stem
        self.stem = nn.Sequential(conv_bn_relu(3, first, 3, 2, config), conv_bn_relu(first, second, 3, 2, config))
        stages: list[nn.Module] = []
        channels: tuple[int, ...] = (second,)
        for stage in config.stages:
            stages += [
                Fusion(channels, stage.channels, config, block),
                ParallelBranches(stage.blocks, stage.channels, config, block),
            ]
            channels = stage.channels
        self.stages = nn.Sequential(*stages)
        head = DenseHead if config.head_kind == "dense" else ClassificationHead
        self.head = head(channels, config, block)
        if not self.head.classifier.weight.is_meta:  # an outline, of which there may be many, has no values
            initialise(self, config.init)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.stages([self.stem(x)]))
        return logits


def build(config: SupernetConfig, seed: int) -> Supernet:
    """A freshly initialised supernet; equal seeds give equal weights, whatever the global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Supernet(config)
