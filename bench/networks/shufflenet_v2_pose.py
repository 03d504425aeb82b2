"""ShuffleNetV2 1.0x and a light head for COCO key points, on torchvision's backbone."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network
from bench.networks.parts import PoseHead


def build() -> nn.Module:
    """Backbone with its last 1x1 layer, then the head."""
    from torchvision.models import shufflenet_v2_x1_0

    net = shufflenet_v2_x1_0(weights=None)
    return nn.Sequential(net.conv1, net.maxpool, net.stage2, net.stage3, net.stage4, net.conv5, PoseHead(1024, 17))


NETWORK = Network(
    key="shufflenet_v2_pose",
    name="ShuffleNetV2",
    tables=(6,),
    task="pose",
    input_size=(256, 192),
    classes=17,
    build=build,
    printed_params="1.3M",
    printed_macs="0.17G",
    note="The paper does not describe the head; this one is a guess that fits.",
    stride=4,
)
