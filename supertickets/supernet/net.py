"""The supernet: stem, stages, head; built from a config, optionally in the shape of a searched subnet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.config import SupernetConfig, SupernetError
from supertickets.supernet.modules import ClassificationHead, DenseHead, Fusion, Parallel, conv_bn_relu
from supertickets.supernet.transformer import TokenTransformer


class Supernet(nn.Module):
    """Multi-resolution supernet of HR-NAS, task-agnostic but for its head.

    `(B, 3, H, W)`, normalised floats -> `(B, outputs, H / 4, W / 4)` (dense head) or `(B, outputs)`.
    """

    def __init__(self, config: SupernetConfig) -> None:
        super().__init__()
        self.config = config
        first, second = config.stem
        self.stem = nn.Sequential(conv_bn_relu(3, first, 3, 2, config), conv_bn_relu(first, second, 3, 2, config))
        stages: list[nn.Module] = []
        channels: tuple[int, ...] = (second,)
        for stage in config.stages:
            stages += [Fusion(channels, stage.channels, config), Parallel(stage.blocks, stage.channels, config)]
            channels = stage.channels
        self.stages = nn.Sequential(*stages)
        head = DenseHead if config.head == "dense" else ClassificationHead
        self.head = head(channels, config)
        self._initialise()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.stages([self.stem(x)]))
        return logits

    def _initialise(self) -> None:
        def filters(weight: Tensor) -> None:
            if self.config.init == "heatmap":
                nn.init.normal_(weight, std=0.001)
            else:
                nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu")

        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                filters(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, TokenTransformer) and module.queries is not None:
                nn.init.xavier_uniform_(module.queries)
                for linear in module.modules():
                    if isinstance(linear, nn.Linear):
                        nn.init.xavier_uniform_(linear.weight)
        for module in self.modules():
            if isinstance(module, SearchingBlock) and module.expand is not None:
                # the kernel paths are separate convolutions of the paper's net: each has a fan-out of its own,
                # and global magnitude pruning compares these weights across layers
                for weight in (*module.expand.weight.split(module.depthwise.channels), *module.depthwise.weights):
                    filters(weight)


def build(config: SupernetConfig, seed: int) -> Supernet:
    """A freshly initialised supernet; equal seeds give equal weights, whatever the global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Supernet(config)


__all__ = ["Supernet", "SupernetConfig", "SupernetError", "build"]
