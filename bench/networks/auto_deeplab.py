"""Auto-DeepLab (Liu et al., CVPR 2019) with 8 filters, written from the paper's searched cell and path."""

from __future__ import annotations

from itertools import chain

import torch
from torch import Tensor, nn

from bench.networks.base import Network
from bench.networks.parts import ASPP, conv_bn, resized

FILTERS, BLOCKS = 8, 5
LEVELS = (1, 0, 0, 1, 2, 1, 2, 2, 3, 3, 2, 1)
"""Path of the twelve cells: level l is stride 4 * 2^l with 8 * 2^l filters."""

# blocks of every cell, each the sum of two operations: (kernel, rate, input), input 0 and 1 being the two last
# cells, 2 and on the blocks before; rate 1 is a separable convolution applied twice, rate 2 an atrous one
CELL: tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...] = (
    ((5, 2, 0), (3, 1, 1)),
    ((3, 1, 0), (3, 2, 1)),
    ((3, 1, 0), (3, 1, 3)),
    ((5, 1, 2), (5, 1, 4)),
    ((5, 1, 4), (5, 2, 5)),
)


def operation(channels: int, kernel: int, rate: int) -> nn.Sequential:
    """ReLU, depthwise, pointwise, BatchNorm; twice unless atrous."""
    layers: list[nn.Module] = []
    for _ in range(2 if rate == 1 else 1):
        depthwise = nn.Conv2d(
            channels, channels, kernel, padding=rate * (kernel // 2), dilation=rate, groups=channels, bias=False
        )
        layers += [nn.ReLU(), depthwise, conv_bn(channels, channels, 1, relu=False)]
    return nn.Sequential(*layers)


class Cell(nn.Module):
    """The searched cell on the outputs of the two cells before it, both brought to its own resolution."""

    def __init__(self, before: int, previous: int, channels: int) -> None:
        super().__init__()
        self.enter = nn.ModuleList(
            nn.Sequential(nn.ReLU(), conv_bn(inputs, channels, 1, relu=False)) for inputs in (before, previous)
        )
        self.operations = nn.ModuleList(operation(channels, kernel, rate) for kernel, rate, _ in chain(*CELL))

    def forward(self, before: Tensor, previous: Tensor, size: tuple[int, int]) -> Tensor:
        states = [enter(resized(x, size)) for enter, x in zip(self.enter, (before, previous), strict=True)]
        operations = iter(self.operations)
        for block in CELL:
            one, other = (next(operations)(states[source]) for _, _, source in block)
            states.append(one + other)
        return torch.cat(states[-BLOCKS:], dim=1)


class AutoDeepLab(nn.Module):
    """Three stem layers, twelve cells, ASPP and the decoder of DeepLabv3+: `(B, 3, H, W) -> (B, classes, H, W)`."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn(3, 64, 3, 2), conv_bn(64, 64))
        self.stem_4 = conv_bn(64, 128, 3, 2)
        self.cells = nn.ModuleList()
        before, previous = 64, 128
        for level in LEVELS:
            channels = FILTERS * 2**level
            self.cells.append(Cell(before, previous, channels))
            before, previous = previous, BLOCKS * channels
        self.aspp = ASPP(previous, 256, (6, 12, 18))
        self.low = conv_bn(BLOCKS * FILTERS, 48, 1)
        self.decoder = nn.Sequential(conv_bn(256 + 48, 256), conv_bn(256, 256), nn.Conv2d(256, classes, 1))

    def forward(self, image: Tensor) -> Tensor:
        height, width = image.shape[2:]
        maps = [self.stem(image)]
        maps.append(self.stem_4(maps[0]))
        for cell, level in zip(self.cells, LEVELS, strict=True):
            stride = 4 * 2**level
            maps.append(cell(maps[-2], maps[-1], (height // stride, width // stride)))
        low = self.low(maps[4])  # the third cell, the last one at stride 4
        merged = torch.cat([resized(self.aspp(maps[-1]), low.shape[2:]), low], dim=1)
        return resized(self.decoder(merged), (height, width))


NETWORK = Network(
    key="auto_deeplab",
    name="Auto-DeepLab",
    tables=(4,),
    task="segmentation",
    input_size=(512, 1024),
    classes=19,
    build=lambda: AutoDeepLab(19),
    printed_params="3.2M",
    printed_macs="27.3G",
    note="No published setting gives the printed cost. Most of the MACs measured here are the decoder's two 3x3 "
    "convolutions of 256 channels at stride 4.",
)
