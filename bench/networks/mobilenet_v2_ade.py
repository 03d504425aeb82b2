"""MobileNetV2 at stride 16 with the light ASPP (Sandler et al., CVPR 2018) for ADE20K, on torchvision's backbone."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network
from bench.networks.parts import ASPP, Dense
from bench.networks.torchvision_parts import mobilenet_v2_features, stop_striding


def build() -> nn.Module:
    """Backbone up to its 320 channels, image pooling and 1x1 of width 256, classifier, bilinear x16."""
    features = mobilenet_v2_features()[:-1]
    stop_striding(features[14:], rate=2)  # the stage that would go to stride 32
    return Dense(features, ASPP(320, 256), nn.Conv2d(256, 150, 1))


NETWORK = Network(
    key="mobilenet_v2_ade",
    name="MobileNetV2",
    tables=(5,),
    task="segmentation",
    input_size=(512, 512),
    classes=150,
    build=build,
    printed_params="2.2M",
    printed_macs="2.8G",
    note="The printed MACs are those at 513x513, the size its own paper uses: 2.78G measured.",
)
