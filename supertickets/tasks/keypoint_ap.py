"""Keypoint average precision by pycocotools, with the data set's own OKS constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from supertickets.tasks.coco_ap import evaluated
from supertickets.tasks.data import PersonCrops
from supertickets.tasks.detected_people import kept, person_scores

PERSON = 1
"""The one category."""

# positions in COCOeval.stats for keypoints
_STATS = {"ap": 0, "ap_m": 3, "ap_l": 4, "ar": 5}


def keypoint_metrics(
    split: PersonCrops,
    ids: Tensor,
    joints: NDArray[np.float64],
    scores: NDArray[np.float32],
    boxes: NDArray[np.float32] | None = None,
) -> dict[str, float]:
    """AP, AP^M, AP^L and AR in percent; a size class without persons is left out.

    Args:
        split: annotations and constants of the data set.
        ids: `(N,)`, of the annotations whose joints are given; with `boxes`, of the images.
        joints: `(N, J, 2)` in pixels of the original images, one row per person.
        scores: `(N, J)` confidences; a person's score is their mean, unless a detector has found it.
        boxes: `(N, 2)`, confidence and area of the crop of each box that a detector has found; None where boxes are
            annotated. Then `supertickets.tasks.detected_people` decides on scores, and who is kept.

    Raises:
        ValueError: two persons or two images share an id.
    """
    images, numbers, truth = _renumbered(split.ground_truth)
    if boxes is None:
        image_ids = [truth["annotations"][numbers[one] - 1]["image_id"] for one in ids.tolist()]
        totals, listed = scores.mean(axis=1), np.arange(len(scores))
    else:
        image_ids = [images[one] for one in ids.tolist()]
        totals = person_scores(boxes[:, 0], scores).astype(np.float32)
        listed = kept(np.array(image_ids), joints, totals, boxes[:, 1], np.array(split.sigmas))
    detections = [
        {
            "image_id": image_ids[one],
            "category_id": PERSON,
            "keypoints": np.column_stack([joints[one], scores[one]]).reshape(-1).tolist(),
            "score": float(totals[one]),
        }
        for one in listed.tolist()
    ]
    stats = evaluated(truth, detections, "keypoints", split.sigmas, None)
    return {name: 100 * stats[i] for name, i in _STATS.items() if stats[i] >= 0}


def _renumbered(truth: dict[str, Any]) -> tuple[dict[Any, int], dict[Any, int], dict[str, Any]]:
    """New numbers of images and of annotations by id, and the annotations with both numbered from 1 as they are listed.

    The number 0 means "no match" to pycocotools, and it takes ids of texts, or of several kinds, for something else.
    Equal scores are ranked by image, so the order is kept.
    """
    images = {image["id"]: number for number, image in enumerate(truth["images"], start=1)}
    numbers = {person["id"]: number for number, person in enumerate(truth["annotations"], start=1)}
    if len(images) != len(truth["images"]) or len(numbers) != len(truth["annotations"]):
        raise ValueError("two images or two annotations share an id: number each one")
    renumbered = [
        {**person, "id": number, "image_id": images[person["image_id"]], "category_id": PERSON}
        for number, person in enumerate(truth["annotations"], start=1)
    ]
    listed = [{"id": number} for number in images.values()]
    return images, numbers, {"images": listed, "annotations": renumbered, "categories": [{"id": PERSON}]}
