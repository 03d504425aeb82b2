"""ShuffleNetV1 1.0x with 3 groups and a light head for COCO key points, on pytorchcv's backbone."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network, library
from bench.networks.parts import PoseHead


def build() -> nn.Module:
    """Backbone without its final pooling, then the head."""
    features = library("pytorchcv.models.shufflenet").get_shufflenet(groups=3, width_scale=1.0).features
    return nn.Sequential(features[:-1], PoseHead(960, 17))


NETWORK = Network(
    key="shufflenet_v1_pose",
    name="ShuffleNetV1",
    tables=(6,),
    task="pose",
    input_size=(256, 192),
    classes=17,
    build=build,
    printed_params="1.0M",
    printed_macs="0.16G",
    note="The paper does not describe the head; this one is a guess that fits.",
    stride=4,
)
