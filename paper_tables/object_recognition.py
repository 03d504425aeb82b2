"""What tables of the object-recognition paper share: its data sets as columns, and sparsities beside every row."""

from __future__ import annotations

from collections.abc import Sequence

from paper_tables.metrics import COSTS, DISK, ERRORS, METRICS, ZEROS, Metric
from paper_tables.table import Column

SCENES, PEOPLE, VOC, IMAGENET = "COCO instances", "COCO people", "VOC", "ImageNet"
"""Masks and boxes of COCO come from one net, as in the paper; joints have one of their own."""

FEW, FEW_PEOPLE = "few COCO instances", "few COCO people"
"""160 pictures of COCO itself, with objects of all sizes and crowds: too few for more than a look at the pipeline."""

_MASKS = ("instance segmentation", ("box_ap", "box_ap50", "mask_ap", "mask_ap50"))
_JOINTS = ("keypoint detection", ("keypoints_ap", "keypoints_ap50", "box_ap", "box_ap50"))
_BOXES = ("detection", ("voc_ap", "box_ap", "box_ap50"))
_TASKS = {SCENES: _MASKS, FEW: _MASKS, PEOPLE: _JOINTS, FEW_PEOPLE: _JOINTS, VOC: _BOXES}
"""Role -> task and what is reported of it."""

COSTS_AND_SPARSITIES = (*COSTS, *ZEROS, *DISK)

BOX_ERRORS, MASK_ERRORS, JOINT_ERRORS = (
    tuple(metric for metric in ERRORS if metric.key.startswith(kind)) for kind in ("box", "mask", "joints")
)
"""What repairing one type of error gains, by what is analysed."""


def column(role: str, sparsity: int, source: str | None = None) -> Column:
    """A data set at one sparsity; `source` is where a mask comes from."""
    task, metrics = _TASKS[role]
    return Column(role, task, sparsity, tuple(METRICS[key] for key in metrics), source)


def measured(role: str, sparsity: int, metrics: Sequence[Metric]) -> Column:
    """A data set at one sparsity, of which something else than scores is measured."""
    return Column(role, _TASKS[role][0], sparsity, tuple(metrics))
