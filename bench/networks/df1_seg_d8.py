"""DF1-Seg-d8 (Li et al., CVPR 2019, "Partial Order Pruning"), written from its published layer list."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.networks.base import Network
from bench.networks.parts import conv_bn, resized


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(conv_bn(inputs, outputs, 3, stride), conv_bn(outputs, outputs, relu=False))
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else conv_bn(inputs, outputs, 1, stride, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return (self.residual(x) + self.shortcut(x)).relu()


def stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    """`blocks` blocks, the first of which halves the resolution."""
    rest = (BasicBlock(outputs, outputs, 1) for _ in range(blocks - 1))
    return nn.Sequential(BasicBlock(inputs, outputs, 2), *rest)


class PyramidPooling(nn.Module):
    """Averages over 2, 8, 32 and 128 cells of a map at stride 32, 128 channels each, beside the map itself."""

    GRIDS = ((8, 16), (4, 8), (2, 4), (1, 2))

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(grid), conv_bn(channels, 128, 1)) for grid in self.GRIDS
        )
        self.merge = conv_bn(channels + 128 * len(self.GRIDS), channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.merge(torch.cat([x, *(resized(level(x), x.shape[2:]) for level in self.levels)], dim=1))


class Merge(nn.Module):
    """One step of the decoder: the coarser map, projected and x2, beside the projected finer one."""

    def __init__(self, coarse: int, fine: int, width: int) -> None:
        super().__init__()
        self.coarse, self.fine = conv_bn(coarse, width, 1), conv_bn(fine, width, 1)
        self.merge = conv_bn(2 * width, width)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        wide = resized(self.coarse(coarse), fine.shape[2:])
        return self.merge(torch.cat([self.fine(fine), wide], dim=1))


class DF1Seg(nn.Module):
    """DF1 backbone, pyramid pooling and a thin decoder: `(B, 3, H, W) -> (B, classes, H/8, W/8)`."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn(3, 32, 3, 2), conv_bn(32, 64, 3, 2))
        self.stage_8, self.stage_16 = stage(64, 64, 3), stage(64, 128, 3)
        self.stage_32 = nn.Sequential(stage(128, 256, 3), BasicBlock(256, 512, 1))
        self.pyramid = nn.Sequential(PyramidPooling(512), conv_bn(512, 128, 1))
        self.merge_16, self.merge_8 = Merge(128, 128, 32), Merge(32, 64, classes)
        self.score = nn.Conv2d(classes, classes, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        at_8 = self.stage_8(self.stem(image))
        at_16 = self.stage_16(at_8)
        at_32 = self.pyramid(self.stage_32(at_16))
        return self.score(self.merge_8(self.merge_16(at_32, at_16), at_8))


NETWORK = Network(
    key="df1_seg_d8",
    name="DF1-Seg-d8",
    tables=(10,),
    task="segmentation",
    input_size=(512, 1024),
    classes=19,
    build=lambda: DF1Seg(19),
    printed_params=None,
    printed_macs=None,
    note="It is scored at an eighth of the resolution, so its output has stride 8.",
    stride=8,
)
