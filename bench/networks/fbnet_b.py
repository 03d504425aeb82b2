"""FBNet-B (Wu et al., CVPR 2019), its searched blocks built with timm."""

from __future__ import annotations

from torch import nn

from bench.networks.base import Network, library

# one string per kind of block: repeats, kernel, stride, expansion, channels; `ds` has no expansion. One stage has a
# block less, for which the search chose to skip.
BLOCKS = [
    ["ds_r1_k3_s1_c16"],
    ["ir_r1_k3_s2_e6_c24", "ds_r1_k5_s1_c24", "ds_r2_k3_s1_c24"],
    ["ir_r1_k5_s2_e6_c32", "ir_r1_k5_s1_e3_c32", "ir_r1_k3_s1_e6_c32", "ir_r1_k5_s1_e6_c32"],
    ["ir_r1_k5_s2_e6_c64", "ir_r1_k5_s1_e6_c64", "ir_r1_k5_s1_e3_c64"],
    ["ir_r1_k5_s1_e6_c112", "ds_r1_k3_s1_c112", "ds_r1_k5_s1_c112", "ir_r1_k5_s1_e3_c112"],
    ["ir_r1_k5_s2_e6_c184", "ds_r1_k5_s1_c184", "ir_r2_k5_s1_e6_c184"],
    ["ir_r1_k3_s1_e6_c352"],
]


def build() -> nn.Module:
    """FBNet-B for ImageNet."""
    decode = library("timm.models._efficientnet_builder").decode_arch_def
    return library("timm.models").EfficientNet(decode(BLOCKS), stem_size=16, num_features=1984)


NETWORK = Network(
    key="fbnet_b",
    name="FBNet",
    tables=(3,),
    task="classification",
    input_size=(224, 224),
    classes=1000,
    build=build,
    printed_params="4.5M",
    printed_macs="295M",
)
