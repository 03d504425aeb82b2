"""SqueezeNAS MAC-large (Shaw et al., ICCV workshops 2019), written from the published choice of blocks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.networks.base import Network
from bench.networks.parts import conv_bn, resized

# (channels, stride of the first block, blocks), every block as (kernel, expansion, groups, rate)
STAGES: tuple[tuple[int, int, tuple[tuple[int, int, int, int], ...]], ...] = (
    (16, 1, ((3, 1, 2, 1),)),
    (24, 2, ((3, 6, 1, 1), (3, 1, 2, 2), (3, 1, 2, 1), (3, 1, 2, 1))),
    (32, 2, ((5, 6, 1, 1), (5, 6, 1, 1), (3, 6, 1, 2), (5, 6, 1, 1))),
    (64, 2, ((5, 6, 1, 1), (5, 6, 1, 1), (5, 1, 1, 1), (3, 3, 1, 1))),
    (96, 1, ((5, 6, 1, 1), (3, 1, 1, 1), (5, 1, 1, 1), (3, 3, 1, 2))),
    (160, 1, ((3, 6, 1, 2), (3, 1, 2, 2), (3, 1, 2, 2), (3, 1, 2, 2))),
    (160, 1, ((3, 1, 1, 2),)),
)
LOW = 2
"""Number of the stage whose output, at stride 8, the head adds."""

POOL, POOL_STRIDE = 49, (16, 20)
"""Window and stride of the head's average, in cells at stride 16."""


class Block(nn.Module):
    """Inverted residual with grouped 1x1 convolutions."""

    def __init__(self, inputs: int, outputs: int, stride: int, choice: tuple[int, int, int, int]) -> None:
        super().__init__()
        kernel, expansion, groups, rate = choice
        hidden = inputs * expansion
        self.layers = nn.Sequential(
            conv_bn(inputs, hidden, 1, groups=groups),
            conv_bn(hidden, hidden, kernel, stride, rate=rate, groups=hidden),
            conv_bn(hidden, outputs, 1, groups=groups, relu=False),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


class SqueezeNAS(nn.Module):
    """Searched blocks and an LR-ASPP head of width 128: `(B, 3, H, W) -> (B, classes, H, W)`.

    The average of the head takes the whole map where that has fewer than 49 cells along a side.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = conv_bn(3, 16, 3, 2)
        self.stages = nn.ModuleList()
        inputs = 16
        for outputs, stride, choices in STAGES:
            strides = [stride] + [1] * (len(choices) - 1)
            sizes = [inputs] + [outputs] * (len(choices) - 1)
            blocks = (Block(i, outputs, s, choice) for i, s, choice in zip(sizes, strides, choices, strict=True))
            self.stages.append(nn.Sequential(*blocks))
            inputs = outputs
        self.high, self.gate = conv_bn(inputs, 128, 1), nn.Conv2d(inputs, 128, 1)
        self.classify_high, self.classify_low = nn.Conv2d(128, classes, 1), nn.Conv2d(STAGES[LOW][0], classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        maps = [self.stem(image)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        low, last = maps[LOW + 1], maps[-1]
        window = [min(POOL, side) for side in last.shape[2:]]
        gate = torch.sigmoid(self.gate(F.avg_pool2d(last, window, POOL_STRIDE)))
        gated = self.high(last) * resized(gate, last.shape[2:])
        logits = self.classify_high(resized(gated, low.shape[2:])) + self.classify_low(low)
        return resized(logits, image.shape[2:])


NETWORK = Network(
    key="squeezenas",
    name="SqueezeNAS",
    tables=(4, 10),
    task="segmentation",
    input_size=(512, 1024),
    classes=19,
    build=lambda: SqueezeNAS(19),
    printed_params="0.73M",
    printed_macs="8.4G",
    note="The printed MACs are no cost at 512x1024: at 1024x2048, four times the pixels, this net has 9.39G. At "
    "512x1024 the published net cannot even run, since its head averages windows of 49 cells and has 32; here the "
    "window shrinks with the map.",
)
