"""The paper's four data sets as columns of a table, and the sparsities that all curves share."""

from __future__ import annotations

from paper_tables.metrics import CLASSIFICATION, POSE, SEGMENTATION, Metric
from paper_tables.table import Column

IMAGENET, CITYSCAPES, ADE20K, COCO = "ImageNet", "Cityscapes", "ADE20K", "COCO keypoints"

_TASKS = {
    IMAGENET: ("classification", CLASSIFICATION),
    CITYSCAPES: ("segmentation", SEGMENTATION),
    ADE20K: ("segmentation", SEGMENTATION),
    COCO: ("pose", POSE),
}

CURVE = (10, 30, 50, 70, 80, 90, 95, 98)
"""Where curves are measured, in percent. The paper draws 10 to 98 % and names no steps; these are its ends, the
sparsities of its tables and sentences (30, 50, 80, 90) and of its pictures (70, 95). Tables and curves that name the
same sparsity share their runs."""


def columns(
    role: str, *sparsities: int, source: str | None = None, metrics: tuple[Metric, ...] | None = None
) -> tuple[Column, ...]:
    """Return one column per sparsity (whole percent) of a data set, by the paper's name.

    Args:
        role: one of the four data sets.
        source: the data set that tickets are transferred from, if any.
        metrics: what is reported, when it is less than the task has.
    """
    task, everything = _TASKS[role]
    return tuple(Column(role, task, sparsity, metrics or everything, source) for sparsity in sparsities)
