"""ShuffleNetV1 1.5x with 3 groups (Zhang et al., CVPR 2018), as pytorchcv has it."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network, library


def build() -> nn.Module:
    """ShuffleNetV1 1.5x for ImageNet; the original does not widen the first layer."""
    stages = [[360] * 4, [720] * 8, [1440] * 4]
    return library("pytorchcv.models.shufflenet").ShuffleNet(channels=stages, init_block_channels=24, groups=3)


NETWORK = Network(
    key="shufflenet_v1",
    name="ShuffleNetV1",
    tables=(3,),
    task="classification",
    input_size=(224, 224),
    classes=1000,
    build=build,
    printed_params="3.4M",
    printed_macs="292M",
)
