"""FasterSeg's student (Chen et al., ICLR 2020), written from the published description of the searched net."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from bench.networks.base import Network
from bench.networks.parts import conv_bn, resized


class Cell(NamedTuple):
    """One searched cell: output channels, number of 3x3 convolutions, whether at half resolution, whether striding."""

    channels: int
    convolutions: int = 2
    zoomed: bool = True
    down: bool = False


# both branches begin with the same three cells, which therefore exist once
SHARED = (Cell(32, zoomed=False), Cell(32, zoomed=False), Cell(32))
TO_32 = (Cell(128, 1, down=True), Cell(64), Cell(64), Cell(64)), (Cell(128, down=True), Cell(128), Cell(256))
TO_16 = (Cell(32), Cell(32, zoomed=False)), (Cell(64, zoomed=False, down=True), Cell(64), Cell(192), Cell(128))


class Convolutions(nn.Module):
    """One or two 3x3 convolutions, on the map halved in between where the cell is zoomed."""

    def __init__(self, inputs: int, cell: Cell) -> None:
        super().__init__()
        self.cell = cell
        stride = 2 if cell.down and not cell.zoomed else 1
        rest = (conv_bn(cell.channels, cell.channels) for _ in range(cell.convolutions - 1))
        self.layers = nn.Sequential(conv_bn(inputs, cell.channels, 3, stride), *rest)

    def forward(self, x: Tensor) -> Tensor:
        if not self.cell.zoomed:
            return self.layers(x)
        small = self.layers(resized(x, [side // 2 for side in x.shape[2:]]))
        return small if self.cell.down else resized(small, x.shape[2:])


def path(inputs: int, cells: tuple[Cell, ...]) -> nn.Sequential:
    """Cells one after another."""
    sizes = [inputs, *(cell.channels for cell in cells[:-1])]
    return nn.Sequential(*(Convolutions(size, cell) for size, cell in zip(sizes, cells, strict=True)))


class Up(nn.Module):
    """To the resolution of a finer map of the same branch, and merged with it."""

    def __init__(self, inputs: int, fine: int, outputs: int) -> None:
        super().__init__()
        self.narrow, self.merge = conv_bn(inputs, outputs, 1), conv_bn(outputs + fine, outputs)

    def forward(self, x: Tensor, fine: Tensor) -> Tensor:
        return self.merge(torch.cat([resized(self.narrow(x), fine.shape[2:]), fine], dim=1))


class FasterSeg(nn.Module):
    """Two searched branches, to stride 32 and to stride 16, fused at stride 8: `(B, 3, H, W) -> (B, classes, H, W)`."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        twice = Cell(64, zoomed=False, down=True)
        self.stem = nn.Sequential(conv_bn(3, 32, 3, 2), path(32, (twice, twice)))
        self.shared = path(64, SHARED)
        self.to_32 = nn.ModuleList([path(32, TO_32[0]), path(64, TO_32[1])])
        self.to_16 = nn.ModuleList([path(32, TO_16[0]), path(32, TO_16[1])])
        self.up_32 = nn.ModuleList([Up(256, 64, 128), Up(128, 32, 64)])
        self.up_16 = Up(128, 32, 64)
        self.head = nn.Sequential(conv_bn(128, 128, 1), conv_bn(128, 128), nn.Conv2d(128, classes, 1))

    def forward(self, image: Tensor) -> Tensor:
        shared = self.shared(self.stem(image))
        at_16 = self.to_32[0](shared)
        deep = self.up_32[1](self.up_32[0](self.to_32[1](at_16), at_16), shared)
        at_8 = self.to_16[0](shared)
        shallow = self.up_16(self.to_16[1](at_8), at_8)
        return resized(self.head(torch.cat([deep, shallow], dim=1)), image.shape[2:])


NETWORK = Network(
    key="fasterseg",
    name="FasterSeg",
    tables=(10,),
    task="segmentation",
    input_size=(512, 1024),
    classes=19,
    build=lambda: FasterSeg(19),
    printed_params="4.4M",
    printed_macs=None,
    note="The printed parameters include 963,814 of two training heads and a channel attention that inference never "
    "runs.",
)
