"""ShuffleNetV2 1.5x (Ma et al., ECCV 2018), as torchvision has it."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network


def build() -> nn.Module:
    """ShuffleNetV2 1.5x for ImageNet."""
    from torchvision.models import shufflenet_v2_x1_5

    return shufflenet_v2_x1_5(weights=None)


NETWORK = Network(
    key="shufflenet_v2",
    name="ShuffleNetV2",
    tables=(3,),
    task="classification",
    input_size=(224, 224),
    classes=1000,
    build=build,
    printed_params="3.5M",
    printed_macs="299M",
)
