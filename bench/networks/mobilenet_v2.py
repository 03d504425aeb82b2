"""MobileNetV2 (Sandler et al., CVPR 2018), as torchvision has it."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network


def build() -> nn.Module:
    """MobileNetV2 for ImageNet."""
    from torchvision.models import mobilenet_v2

    return mobilenet_v2(weights=None)


NETWORK = Network(
    key="mobilenet_v2",
    name="MobileNetV2",
    tables=(3,),
    task="classification",
    input_size=(224, 224),
    classes=1000,
    build=build,
    printed_params="3.4M",
    printed_macs="300M",
)
