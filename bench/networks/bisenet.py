"""BiSeNet with Xception39 (Yu et al., ECCV 2018), written from the paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.networks.base import Network
from bench.networks.parts import conv_bn, resized


def separable(inputs: int, outputs: int, stride: int = 1, *, relu: bool = True) -> nn.Sequential:
    """Depthwise 3x3 and pointwise convolution, one BatchNorm."""
    depthwise = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False)
    return nn.Sequential(depthwise, conv_bn(inputs, outputs, 1, relu=relu))


class XceptionBlock(nn.Module):
    """Three separable convolutions with a shortcut, to four times `middle` channels."""

    def __init__(self, inputs: int, middle: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * middle
        self.shortcut = separable(inputs, outputs, stride, relu=False) if stride > 1 else nn.Identity()
        self.residual = nn.Sequential(
            separable(inputs, middle, stride), separable(middle, middle), separable(middle, outputs, relu=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        return (self.shortcut(x) + self.residual(x)).relu()


def xception_stage(inputs: int, middle: int, blocks: int) -> nn.Sequential:
    """`blocks` blocks, the first of which halves the resolution."""
    rest = (XceptionBlock(4 * middle, middle, 1) for _ in range(blocks - 1))
    return nn.Sequential(XceptionBlock(inputs, middle, 2), *rest)


class Gate(nn.Sequential):
    """One factor per channel from the global average: `(B, C, H, W) -> (B, C, 1, 1)`, 0..1."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(nn.AdaptiveAvgPool2d(1), *layers, nn.Sigmoid())


class Refinement(nn.Module):
    """Attention refinement of one stage of the context path, then x2 together with the coarser context."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.conv = conv_bn(inputs, width)
        self.gate = Gate(conv_bn(width, width, 1, relu=False))
        self.after = conv_bn(width, width)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        x = self.conv(x)
        x = x * self.gate(x) + context
        return self.after(resized(x, [2 * side for side in x.shape[2:]]))


class BiSeNet(nn.Module):
    """Spatial path at stride 8 beside a cheap deep context path: `(B, 3, H, W) -> (B, classes, H, W)`."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.spatial = nn.Sequential(
            conv_bn(3, 64, 7, 2), conv_bn(64, 64, 3, 2), conv_bn(64, 64, 3, 2), conv_bn(64, 128, 1)
        )
        self.stem = nn.Sequential(conv_bn(3, 8, 3, 2), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList([xception_stage(8, 16, 4), xception_stage(64, 32, 8), xception_stage(128, 64, 4)])
        self.everywhere = nn.Sequential(nn.AdaptiveAvgPool2d(1), conv_bn(256, 128, 1))
        self.refine_32, self.refine_16 = Refinement(256, 128), Refinement(128, 128)
        self.fuse = conv_bn(256, 256, 1)
        without_bias = (nn.Conv2d(256, 256, 1, bias=False) for _ in range(2))
        self.fuse_gate = Gate(next(without_bias), nn.ReLU(inplace=True), next(without_bias))
        self.head = nn.Sequential(conv_bn(256, 64), nn.Conv2d(64, classes, 1))

    def forward(self, image: Tensor) -> Tensor:
        maps = [self.stem(image)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        context = self.refine_32(maps[3], self.everywhere(maps[3]))
        context = self.refine_16(maps[2], context)
        fused = self.fuse(torch.cat([self.spatial(image), context], dim=1))
        return resized(self.head(fused + fused * self.fuse_gate(fused)), image.shape[2:])


NETWORK = Network(
    key="bisenet",
    name="BiSeNet",
    tables=(4, 10),
    task="segmentation",
    input_size=(512, 1024),
    classes=19,
    build=lambda: BiSeNet(19),
    printed_params="5.8M",
    printed_macs="6.6G",
    note="The printed MACs fit the 2.9G that its own paper states for 640x360, scaled by pixels. The printed "
    "parameters are that paper's too; the net as the paper describes it has a quarter of them.",
)
