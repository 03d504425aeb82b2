"""What tables of the object-recognition paper share: its data sets as columns, and sparsities beside every row."""

from __future__ import annotations

from paper_tables.metrics import COSTS, METRICS, ZEROS
from paper_tables.table import Column

SCENES, PEOPLE, VOC, IMAGENET = "COCO instances", "COCO people", "VOC", "ImageNet"
"""Masks and boxes of COCO come from one net, as in the paper; joints have one of their own."""

_TASKS = {
    SCENES: ("instance segmentation", ("box_ap", "box_ap50", "mask_ap", "mask_ap50")),
    PEOPLE: ("keypoint detection", ("keypoints_ap", "keypoints_ap50", "box_ap", "box_ap50")),
    VOC: ("detection", ("voc_ap", "box_ap", "box_ap50")),
}

COSTS_AND_SPARSITIES = (*COSTS, *ZEROS)


def column(role: str, sparsity: int, source: str | None = None) -> Column:
    """A data set at one sparsity; `source` is where a mask comes from."""
    task, metrics = _TASKS[role]
    return Column(role, task, sparsity, tuple(METRICS[key] for key in metrics), source)
