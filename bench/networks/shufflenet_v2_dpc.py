"""ShuffleNetV2 1.0x with a dense prediction cell (Turkmen and Heikkila, SCIA 2019), on torchvision's backbone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.networks.base import Network
from bench.networks.parts import Dense, conv_bn
from bench.networks.torchvision_parts import stop_striding

# rates (vertical, horizontal) and input (branch number; None: the backbone) of every branch of the cell
BRANCHES: tuple[tuple[tuple[int, int], int | None], ...] = (
    ((1, 6), None), ((18, 15), 0), ((6, 3), 1), ((1, 1), 0), ((6, 21), 0),
)  # fmt: skip


class DensePredictionCell(nn.Module):
    """Five separable 3x3 convolutions of different rates, some on the output of another, concatenated (Chen 2018)."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList()
        for rates, source in BRANCHES:
            channels = inputs if source is None else width
            depthwise = nn.Conv2d(channels, channels, 3, padding=rates, dilation=rates, groups=channels, bias=False)
            self.branches.append(nn.Sequential(depthwise, nn.BatchNorm2d(channels), conv_bn(channels, width, 1)))

    def forward(self, x: Tensor) -> Tensor:
        outputs: list[Tensor] = []
        for branch, (_, source) in zip(self.branches, BRANCHES, strict=True):
            outputs.append(branch(x if source is None else outputs[source]))
        return torch.cat(outputs, dim=1)


def build() -> nn.Module:
    """Backbone at stride 16 without its last 1x1 layer, cell of width 256, classifier, bilinear x16."""
    from torchvision.models import shufflenet_v2_x1_0

    net = shufflenet_v2_x1_0(weights=None)
    stop_striding(net.stage4, rate=2)
    backbone = nn.Sequential(net.conv1, net.maxpool, net.stage2, net.stage3, net.stage4)
    head = (DensePredictionCell(464, 256), conv_bn(5 * 256, 256, 1), nn.Conv2d(256, 19, 1))
    return Dense(backbone, *head)


NETWORK = Network(
    key="shufflenet_v2_dpc",
    name="ShuffleNetV2",
    tables=(4,),
    task="segmentation",
    input_size=(512, 1024),
    classes=19,
    build=build,
    printed_params="3.0M",
    printed_macs="6.9G",
    note="Both printed numbers are twice the measured ones: it seems that two operations and two parameters were "
    "counted for each.",
)
