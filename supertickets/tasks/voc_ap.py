"""Average precision of boxes as in PASCAL VOC 2007: precision at eleven recalls, IoU of at least one half."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from supertickets.tasks.annotated import Annotated
from supertickets.tasks.detected import Detected, matched_pictures

THRESHOLD = 0.5
RECALL_STEPS = 10
"""Precision is read at recalls 0, 1/10, ..., 1, compared as whole numbers: 3 of 10 objects are a recall of 3/10."""


def voc_metrics(truth: Annotated, found: Iterable[Detected]) -> dict[str, float]:
    """`voc_ap` in percent: mean over the classes that have objects to be found; nothing where no class has any.

    A detection is compared with the object of its class that it overlaps most. One that is ignored makes it neither
    right nor wrong; one that a surer detection has found already makes it wrong. Equal scores are ranked by picture.
    VOC measures boxes in whole pixels, last one included; between edges, as here, the same boxes have the same IoU.

    Args:
        truth: a split of any kind.
        found: one entry per picture, in the split's order.

    Raises:
        ValueError: they do not fit each other.
    """
    pictures = matched_pictures(truth, found)
    classes = range(1, len(truth.class_names) + 1)
    areas = [area for label in classes if (area := _class_ap(truth, pictures, label)) is not None]
    return {"voc_ap": 100 * sum(areas) / len(areas)} if areas else {}


def _class_ap(truth: Annotated, found: Sequence[Detected], label: int) -> float | None:
    sought = int(((truth.labels == label) & ~truth.ignored).sum())
    if not sought:
        return None
    scores, outcomes = [], []
    for picture, one in enumerate(found):
        mine = one.labels == label
        rows = truth.rows(picture)
        objects = truth.labels[rows] == label
        order = one.scores[mine].argsort(descending=True, stable=True)
        scores.append(one.scores[mine][order])
        outcomes += _outcomes(one.boxes[mine][order], truth.boxes[rows][objects], truth.ignored[rows][objects])
    hits, wrong, best = 0, 0, [0.0] * (RECALL_STEPS + 1)
    # a detection sees the objects of its own picture alone, so pictures may be gone through one after the other
    for place in torch.cat(scores).argsort(descending=True, stable=True).tolist():
        right = outcomes[place]
        hits, wrong = hits + (right is True), wrong + (right is False)
        if right:
            reached = RECALL_STEPS * hits // sought
            best[reached] = max(best[reached], hits / (hits + wrong))
    # the precision at a recall is the best one at that or any higher recall
    for step in reversed(range(RECALL_STEPS)):
        best[step] = max(best[step], best[step + 1])
    return sum(best) / len(best)


def _outcomes(boxes: Tensor, objects: Tensor, ignored: Tensor) -> list[bool | None]:
    """Whether each detection, the surest first, is right; None for those that do not count."""
    if not len(boxes) or not len(objects):
        return [False] * len(boxes)
    overlap, nearest = _iou(boxes.double(), objects.double()).max(dim=1)
    taken: set[int] = set()
    outcomes: list[bool | None] = []
    for enough, place in zip((overlap >= THRESHOLD).tolist(), nearest.tolist(), strict=True):
        if enough and bool(ignored[place]):
            outcomes.append(None)
            continue
        outcomes.append(enough and place not in taken)
        if enough:
            taken.add(place)
    return outcomes


def _iou(boxes: Tensor, others: Tensor) -> Tensor:
    """`(D, G)`: overlap over union; boxes without area overlap nothing."""
    low = torch.maximum(boxes[:, None, :2], others[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(2)
    areas, other_areas = ((one[:, 2:] - one[:, :2]).prod(1) for one in (boxes, others))
    return shared / (areas[:, None] + other_areas[None] - shared)
