"""IoU of detections with the objects and the crowd regions of their images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pycocotools import mask as masks

from bench.errors.matching import Pairs
from bench.errors.problem import Ints, Problem
from bench.errors.ranking import Ranked
from bench.errors.shapes import Shapes


@dataclass(frozen=True)
class Overlaps:
    """Pairs that share any area.

    Attributes:
        objects: with IoU, of any classes.
        regions: with crowd regions: the share of the detection that lies in the region.
    """

    objects: Pairs
    regions: Pairs


def overlaps(problem: Problem, ranked: Ranked, objects: Shapes, detections: Shapes) -> Overlaps:
    """Compare every detection with every annotation of its image.

    Args:
        problem, ranked: whose they are.
        objects: `G` shapes of annotations.
        detections: `D` shapes in the order of the file.
    """
    by_image = np.argsort(problem.image_of_object, kind="stable")
    of_image = np.arange(len(problem.images) + 1)
    first_target = np.searchsorted(problem.image_of_object[by_image], of_image)
    first_detection = np.searchsorted(ranked.image, of_image)
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for image in np.unique(ranked.image).tolist():
        targets = by_image[first_target[image] : first_target[image + 1]]
        if not len(targets):
            continue
        start, end = first_detection[image : image + 2]
        iou = masks.iou(
            _some(detections, ranked.index[start:end]), _some(objects, targets), problem.crowd[targets].tolist()
        )
        row, column = np.nonzero(iou > 0)
        found.append((start + row, targets[column], iou[row, column]))
    pairs = Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    in_crowd = problem.crowd[pairs.target]
    return Overlaps(pairs.where(~in_crowd), pairs.where(in_crowd))


def _some(shapes: Shapes, which: Ints) -> Shapes:
    return shapes[which] if isinstance(shapes, np.ndarray) else [shapes[index] for index in which.tolist()]
