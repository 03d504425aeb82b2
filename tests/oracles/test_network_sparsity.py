"""The paper's detectors to the last parameter: sizes, network sparsities of its Tab. 1, multiply-accumulates."""

from __future__ import annotations

import json
from math import floor
from pathlib import Path
from typing import Any

import pytest
import torch

from supertickets.costs import cost
from supertickets.detectors import RCNN
from supertickets.detectors.sizes import network_sparsity
from supertickets.masks import ranked_masks
from supertickets.memory import outlined
from supertickets.ticket import Ticket

pytestmark = pytest.mark.slow

EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "network_sparsity.json").read_text())
DETECTORS = {
    "R50 mask": RCNN(80, "mask", "resnet50"),
    "R50 keypoint": RCNN(17, "joints", "resnet50"),
    "R18 mask": RCNN(80, "mask"),
    "R18 keypoint": RCNN(17, "joints"),
    "R50-C4 VOC 12 anchors": RCNN(20, "box", "resnet50", features="c4"),
}


@pytest.mark.parametrize("name", DETECTORS)
def test_every_part_has_the_papers_size(name: str) -> None:
    config, expected = DETECTORS[name], EXPECTED[name]
    with outlined():
        net = config.build(0)
    parameters = dict(net.named_parameters())

    def size(prefix: str, which: str = "all") -> int:
        return sum(weight.numel() for name, weight in config.prunable(net, which).items() if name.startswith(prefix))  # type: ignore[arg-type]

    biases = sum(value.numel() for name, value in parameters.items() if name.endswith("bias"))
    frozen = 0 if config.features == "fpn" else 53_120  # scales and shifts, which the code for VOC has as parameters
    total = sum(value.numel() for value in parameters.values())
    assert (total + frozen, biases) == (expected["total"], expected["biases"])
    assert size("", "backbone") == expected["backbone_convs"]
    assert size("") + biases == total, "every parameter is a weight or a bias"
    if config.features == "c4":
        return
    assert size("backbone.body.") - size("", "backbone") == expected["backbone_shortcuts"]
    assert size("backbone.fpn.") == expected["fpn"] and size("rpn.head.conv.") == expected["rpn_conv"]
    assert size("roi_heads.box_head.") == expected["box_fc"]
    assert size("", "shared") == expected["shared_prunable"] and size("", "detector") == expected["prunable"]
    assert size("", "detector") - size("", "shared") == expected["task_head"]


@pytest.fixture(scope="module", params=["R50 mask", "R50 keypoint", "R50-C4 VOC 12 anchors"])
def untrained(request: pytest.FixtureRequest) -> tuple[str, Ticket]:
    config = DETECTORS[request.param]
    return request.param, Ticket.of(config, config.build(0), {})


PRINTED = {
    "R50 mask": {90: "41.99", 80: "37.33"},
    "R50 keypoint": {90: "31.49", 80: "28.00"},
    "R50-C4 VOC 12 anchors": {90: "65.37", 80: "58.11", 50: "36.32"},
}
"""Of the backbone alone; the two printed 50 % cells of COCO, 24.55 and 19.71, fit no count."""


def test_network_sparsities_come_out_as_printed(untrained: tuple[str, Ticket]) -> None:
    name, dense = untrained
    config = DETECTORS[name]
    with torch.no_grad():
        for percent in (90, 80, 50):
            net = dense.net()
            weights = config.prunable(net, "backbone")
            masks = ranked_masks({key: w.detach().abs() for key, w in weights.items()}, percent, "exact", "global")
            for key, weight in weights.items():
                weight.masked_fill_(~masks[key], 0.0)
            found = network_sparsity(net, affine=config.features == "c4")
            wanted = EXPECTED[name]["backbone_only_percent"][str(percent / 100)][1]
            assert found == pytest.approx(wanted, abs=1e-5)
            if percent in PRINTED[name]:
                assert f"{floor(100 * found) / 100:.2f}" == PRINTED[name][percent], "truncated, not rounded"


PARTS = {"backbone.body": 31.1, "backbone.fpn": 44.3, "rpn": 43.0, "roi_heads.box": 13.9, "roi_heads.mask": 53.0}
"""GMACs of R18 Mask R-CNN, without shortcuts and the outputs of its boxes."""


@pytest.mark.parametrize(
    ("name", "gmacs"), [("R18 mask", 186.1), ("R18 keypoint", 482.2), ("R50 mask", 230.5), ("R50 keypoint", 526.7)]
)
def test_multiply_accumulates_of_a_thousand_proposals_and_a_hundred_detections(name: str, gmacs: float) -> None:
    config = DETECTORS[name]
    with outlined():
        net = config.build(0)
    counted = cost(net, (800, 1088))
    assert round(counted.macs_dense / 1e9, 1) == gmacs
    if name == "R18 mask":
        rest = ("downsample", "box_predictor")
        for part, expected in PARTS.items():
            layers = [one for one in counted.layers if one.name.startswith(part)]
            macs = sum(one.macs_dense for one in layers if not any(word in one.name for word in rest))
            assert round(macs / 1e9, 1) == expected, part
