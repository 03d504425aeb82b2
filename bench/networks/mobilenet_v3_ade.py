"""MobileNetV3-Large with LR-ASPP (Howard et al., ICCV 2019) for ADE20K, as torchvision has it."""

from __future__ import annotations

from bench.networks.base import Network
from bench.networks.torchvision_parts import LiteRASPP

NETWORK = Network(
    key="mobilenet_v3_ade",
    name="MobileNetV3",
    tables=(5,),
    task="segmentation",
    input_size=(512, 512),
    classes=150,
    build=lambda: LiteRASPP(150),
    printed_params="1.6M",
    printed_macs="1.3G",
    note="The MACs agree; torchvision's version has 0.2M parameters more than its own paper, for no known reason.",
)
