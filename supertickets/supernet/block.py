"""The searching block: three depthwise kernel paths run as one inverted-residual block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.fused import fusible, hidden_paths
from supertickets.supernet.transformer import TokenTransformer
from supertickets.units import Counter, Cut, UnitGroup, batch_norm_cuts

if TYPE_CHECKING:
    from supertickets.supernet.config import SupernetConfig


class SearchingBlock(UnitGroup):
    """1x1 expand - BN - ReLU - depthwise 3/5/7 - BN - ReLU - 1x1 project - BN, plus a residual.

    `(B, C_in, H, W) -> (B, C_out, ceil(H / stride), ceil(W / stride))`. The kernel paths of HR-NAS are summed
    before one BN, so they equal one block whose hidden channels are concatenated; that is how they run.
    Search unit: one hidden channel; importance: |scale| of the BN after the depthwise convolution.
    The residual is the identity (through the transformer, if any) when stride is 1 and C_in = C_out,
    otherwise a strided 1x1 convolution with gcd(C_in, C_out) groups. It stays when all units are gone.
    """

    path = ("expand", "expand_bn", "depthwise", "depthwise_bn", "project", "project_bn")

    def __init__(self, inputs: int, outputs: int, stride: int, config: SupernetConfig) -> None:
        super().__init__()
        self.inputs, self.outputs, self.stride = inputs, outputs, stride
        paths = [config.expansion * inputs] * len(config.kernels)
        hidden = sum(paths)

        def norm(channels: int) -> nn.BatchNorm2d:
            return nn.BatchNorm2d(channels, eps=config.bn_eps, momentum=config.bn_momentum)

        self.expand: nn.Conv2d | None = nn.Conv2d(inputs, hidden, 1, bias=False)
        self.expand_bn = norm(hidden)
        self.depthwise = MixedDepthwise(paths, config.kernels, stride)
        self.depthwise_bn = norm(hidden)
        self.project = nn.Conv2d(hidden, outputs, 1, bias=False)
        self.project_bn = norm(outputs)
        identity = stride == 1 and inputs == outputs
        self.shortcut = (
            None if identity else nn.Conv2d(inputs, outputs, 1, stride, groups=gcd(inputs, outputs), bias=False)
        )
        self.transformer = (
            TokenTransformer(inputs, config.tokens, config.token_grid) if identity and config.tokens else None
        )

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        if self.shortcut is not None:
            residual = self.shortcut(x)
        elif self.transformer is not None:
            residual = self.transformer(x)
        if self.expand is None:
            return residual
        return residual + self.project_bn(self._paths(x, self.expand))

    def _paths(self, x: Tensor, expand: nn.Conv2d) -> Tensor:
        """Sum of the projected kernel paths, before their BatchNorm."""
        by_hand = self.training and x.device.type == "cpu" and not torch.compiler.is_compiling()
        if by_hand and fusible(self.expand_bn, self.depthwise_bn):
            filters = list(self.depthwise.weights)
            return hidden_paths(x, self.stride, expand, self.expand_bn, filters, self.depthwise_bn, self.project)
        hidden = F.relu(self.expand_bn(expand(x)), inplace=True)
        hidden = F.relu(self.depthwise_bn(self.depthwise(hidden)), inplace=True)
        return self.project(hidden)

    @property
    def units(self) -> int:
        return 0 if self.expand is None else self.expand.out_channels

    @property
    def scale(self) -> nn.Parameter | None:
        return None if self.expand is None else self.depthwise_bn.weight

    def _kept_per_path(self, keep: Tensor) -> list[Tensor]:
        starts = torch.tensor([0, *self.depthwise.channels]).cumsum(0).tolist()
        return [keep[(keep >= a) & (keep < b)] - a for a, b in pairwise(starts)]

    def cuts(self, keep: Tensor) -> Iterator[Cut]:
        yield Cut("expand.weight", 0, keep)
        yield from batch_norm_cuts("expand_bn", keep)
        for path, kept in enumerate(self._kept_per_path(keep)):
            yield Cut(f"depthwise.weights.{path}", 0, kept)
        yield from batch_norm_cuts("depthwise_bn", keep)
        yield Cut("project.weight", 1, keep)

    def resized(self, keep: Tensor) -> None:
        assert self.expand is not None
        self.expand.out_channels = self.project.in_channels = len(keep)
        self.expand_bn.num_features = self.depthwise_bn.num_features = len(keep)

    def fold_shift(self, keep: Tensor) -> None:
        gone = torch.ones(self.units, dtype=torch.bool, device=keep.device)
        gone[keep] = False
        constant = self.project.weight.flatten(1)[:, gone] @ self.depthwise_bn.bias[gone].relu()
        running_mean = self.project_bn.running_mean
        assert running_mean is not None
        running_mean -= constant

    def shape(self) -> list[int]:
        return list(self.depthwise.channels) if self.expand is not None else []

    def keep_for(self, shape: list[int]) -> Tensor:
        if not shape:
            return torch.arange(0)
        starts = torch.tensor([0, *self.depthwise.channels]).cumsum(0).tolist()
        return torch.cat([torch.arange(a, a + n) for a, n in zip(starts, shape, strict=False)])

    def macs_per_unit(self, input_size: tuple[int, int], counter: Counter = "exact") -> Tensor:
        height, width = input_size
        positions = -(-height // self.stride) * -(-width // self.stride)
        per_path = [height * width * self.inputs + positions * (k * k + self.outputs) for k in self.depthwise.kernels]
        counts = torch.tensor(self.depthwise.channels)
        return torch.tensor(per_path, dtype=torch.float32).repeat_interleave(counts)
