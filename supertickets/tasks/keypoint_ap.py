"""Keypoint average precision by pycocotools, with the data set's own OKS constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from supertickets.tasks.coco_ap import evaluated
from supertickets.tasks.data import PersonCrops

PERSON = 1
"""The one category."""

# positions in COCOeval.stats for keypoints
_STATS = {"ap": 0, "ap_m": 3, "ap_l": 4, "ar": 5}


def keypoint_metrics(
    split: PersonCrops, annotation_ids: Tensor, joints: NDArray[np.float64], scores: NDArray[np.float32]
) -> dict[str, float]:
    """AP, AP^M, AP^L and AR in percent; a size class without persons is left out.

    Args:
        split: annotations and constants of the data set.
        annotation_ids: `(N,)`, whose joints are given.
        joints: `(N, J, 2)` in pixels of the original images, one row per person.
        scores: `(N, J)` confidences; a person's score is their mean.

    Raises:
        ValueError: two persons or two images share an id.
    """
    numbers, truth = _renumbered(split.ground_truth)
    detections = []
    for annotation_id, person, confidence in zip(annotation_ids.tolist(), joints, scores, strict=True):
        triplets = np.column_stack([person, confidence]).reshape(-1)
        detections.append(
            {
                "image_id": truth["annotations"][numbers[annotation_id] - 1]["image_id"],
                "category_id": PERSON,
                "keypoints": triplets.tolist(),
                "score": float(confidence.mean()),
            }
        )
    stats = evaluated(truth, detections, "keypoints", split.sigmas, None)
    return {name: 100 * stats[i] for name, i in _STATS.items() if stats[i] >= 0}


def _renumbered(truth: dict[str, Any]) -> tuple[dict[Any, int], dict[str, Any]]:
    """New number of each annotation id, and the annotations with images and persons numbered from 1 as they are listed.

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
    return numbers, {"images": listed, "annotations": renumbered, "categories": [{"id": PERSON}]}
