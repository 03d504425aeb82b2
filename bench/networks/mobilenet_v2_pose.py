"""MobileNetV2 and a light head for COCO key points, on torchvision's backbone."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network
from bench.networks.parts import PoseHead
from bench.networks.torchvision_parts import mobilenet_v2_features


def build() -> nn.Module:
    """Backbone with its last 1x1 layer, then the head."""
    return nn.Sequential(mobilenet_v2_features(), PoseHead(1280, 17))


NETWORK = Network(
    key="mobilenet_v2_pose",
    name="MobileNetV2",
    tables=(6,),
    task="pose",
    input_size=(256, 192),
    classes=17,
    build=build,
    printed_params="2.3M",
    printed_macs="0.33G",
    note="The paper does not describe the head; this one is a guess that fits.",
    stride=4,
)
