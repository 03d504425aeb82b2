"""Building blocks that several baseline networks share."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv_bn(
    inputs: int, outputs: int, kernel: int = 3, stride: int = 1, *, rate: int = 1, groups: int = 1, relu: bool = True
) -> nn.Sequential:
    """Convolution with "same" padding, BatchNorm and, unless told otherwise, ReLU."""
    padding = rate * (kernel // 2)
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, rate, groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), *([nn.ReLU(inplace=True)] if relu else []))


def resized(x: Tensor, size: Sequence[int]) -> Tensor:
    """Bilinear resizing of `(B, C, H, W)` to `size` = (H, W)."""
    return F.interpolate(x, tuple(size), mode="bilinear", align_corners=False)


class Dense(nn.Module):
    """Layers one after another, whose map is resized to the image's size."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        return resized(self.layers(image), image.shape[2:])


class ImagePooling(nn.Module):
    """Global average, 1x1 convolution, spread over the map again: `(B, C, H, W) -> (B, outputs, H, W)`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        # no BatchNorm: over one position of one image it could not train
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(inputs, outputs, 1), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).expand(-1, -1, *x.shape[2:])


class ASPP(nn.Module):
    """Atrous spatial pyramid: image pooling, a 1x1 and one 3x3 convolution per rate, concatenated, then 1x1.

    Without rates it is the light one of MobileNetV2 (R-ASPP).
    """

    def __init__(self, inputs: int, width: int, rates: Sequence[int] = ()) -> None:
        super().__init__()
        self.branches = nn.ModuleList([ImagePooling(inputs, width), conv_bn(inputs, width, 1)])
        self.branches.extend(conv_bn(inputs, width, rate=rate) for rate in rates)
        self.project = conv_bn(width * len(self.branches), width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.project(torch.cat([branch(x) for branch in self.branches], dim=1))


class PoseHead(nn.Sequential):
    """1x1 to 64 channels, bilinear x8, 3x3 to one heatmap per joint: the smallest head that fits the printed costs."""

    def __init__(self, inputs: int, joints: int) -> None:
        upsample = nn.Upsample(scale_factor=8, mode="bilinear", align_corners=False)
        super().__init__(conv_bn(inputs, 64, 1), upsample, nn.Conv2d(64, joints, 3, padding=1))
