"""CondenseNet with 8 groups and condensation factor 8 (Huang et al., CVPR 2018), as pytorchcv has it."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network, library


def build() -> nn.Module:
    """CondenseNet-74 for ImageNet."""
    return library("pytorchcv.models.condensenet").condensenet74_c8_g8()


NETWORK = Network(
    key="condensenet",
    name="CondenseNet",
    tables=(3,),
    task="classification",
    input_size=(224, 224),
    classes=1000,
    build=build,
    printed_params="2.9M",
    printed_macs="274M",
    note="The printed cost is the original authors' counter, which adds ReLU and pooling to the products.",
)
