"""Keypoint average precision by pycocotools, with the data set's own OKS constants."""

from __future__ import annotations

import contextlib
import io

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from supertickets.tasks.data import PersonCrops

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
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    persons = {annotation["id"]: annotation for annotation in split.ground_truth["annotations"]}
    detections = []
    for annotation_id, person, confidence in zip(annotation_ids.tolist(), joints, scores, strict=True):
        triplets = np.column_stack([person, confidence]).reshape(-1)
        detections.append(
            {
                "image_id": persons[annotation_id]["image_id"],
                "category_id": persons[annotation_id]["category_id"],
                "keypoints": triplets.tolist(),
                "score": float(confidence.mean()),
            }
        )
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = split.ground_truth
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(detections), "keypoints")
        evaluation.params.kpt_oks_sigmas = np.array(split.sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: 100 * float(evaluation.stats[i]) for name, i in _STATS.items() if evaluation.stats[i] >= 0}
