"""MobileNetV3-Large with LR-ASPP (Howard et al., ICCV 2019) for Cityscapes, as torchvision has it."""

from __future__ import annotations

from bench.networks.base import Network
from bench.networks.torchvision_parts import LiteRASPP

NETWORK = Network(
    key="mobilenet_v3_cityscapes",
    name="MobileNetV3",
    tables=(4,),
    task="segmentation",
    input_size=(512, 1024),
    classes=19,
    build=lambda: LiteRASPP(19),
    printed_params="1.5M",
    printed_macs="2.5G",
    note="The MACs agree; torchvision's version has 0.2M parameters more than its own paper, for no known reason.",
)
