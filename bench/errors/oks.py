"""Similarity of joints: 1 where they coincide; it falls with distance over the person's size and the tolerance."""

from __future__ import annotations

import numpy as np

from bench.errors.entries import Floats
from bench.errors.people import People
from bench.errors.problem import Ints


def similarity(squared: Floats, area: Floats, sigmas: Floats) -> Floats:
    """exp(-d^2 / (2 area (2 sigma)^2)), as COCO has it; areas of 0 are a rounding error larger.

    Args:
        squared: `(P, J)`, squared distances in pixels.
        area: `(P,)` of the people.
        sigmas: `(J,)`, or `(P, J)`.
    """
    return np.exp(-squared / (2 * sigmas) ** 2 / (area[:, None] + np.spacing(1)) / 2)


def squared_distances(one: Floats, other: Floats) -> Floats:
    """`(P, J)`, of joints `(P, J, 2)`."""
    return (one[..., 0] - other[..., 0]) ** 2 + (one[..., 1] - other[..., 1]) ** 2


def oks(people: People, joints: Floats, detection: Ints, person: Ints) -> Floats:
    """`(P,)`: mean similarity over the labelled joints; to someone without any, that of the distances to their box.

    Args:
        people: whose.
        joints: `(N, J, 2)` of detections.
        detection, person: `(P,)`, who is compared with whom.
    """
    found, true = joints[detection], people.joints[person]
    labelled = people.labelled[person]
    without = labelled.sum(axis=1) == 0
    squared = squared_distances(found, true)
    box = people.boxes[person[without], None]
    low, high = box[..., :2] - box[..., 2:], box[..., :2] + 2 * box[..., 2:]
    beyond = np.maximum(0, low - found[without]) + np.maximum(0, found[without] - high)
    squared[without] = squared_distances(beyond, np.zeros(2))
    counted = labelled | without[:, None]
    each = similarity(squared, people.area[person], people.sigmas)
    return (each * counted).sum(axis=1) / counted.sum(axis=1)


def extent(joints: Floats) -> Floats:
    """`(N,)`: area of the box around all joints `(N, J, 2)`, in square pixels."""
    size = joints.max(axis=1) - joints.min(axis=1)
    return size[:, 0] * size[:, 1]
