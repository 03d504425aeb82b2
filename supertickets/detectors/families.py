"""Miniatures of the paper's nets, for pictures of about 128 pixels."""

from __future__ import annotations

from typing import Any

from supertickets.detectors.config import RCNN, ResNet


def miniature_classifier(outputs: int, **changes: Any) -> ResNet:
    """A ResNet-18 of a quarter of the width."""
    return ResNet(outputs, **{"width": 16, **changes})


def miniature_detector(outputs: int, **changes: Any) -> RCNN:
    """A detector on the ResNet of `miniature_classifier`; a third of it are linear layers, as in the paper."""
    miniature = {
        "width": 16, "pyramid_width": 32, "box_width": 256, "mask_width": 32, "joint_width": 64,
        "anchor_size": 8, "canonical_size": 36.0, "proposals_before_nms": 200, "training_proposals": 200,
        "proposals": 100, "proposal_samples": 64, "samples": 48,
    }  # fmt: skip
    return RCNN(outputs, **{**miniature, **changes})
