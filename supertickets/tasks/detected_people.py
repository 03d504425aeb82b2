"""Scores of people whose boxes a detector found: its confidence counts, and who was found twice is kept once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

SURE = 0.2
"""Joints below this confidence say nothing of how sure a person is."""

ALIKE = 0.9
"""Object keypoint similarity above which two people of an image are taken for one."""


def person_scores(box_scores: Floats, confidences: Floats) -> Floats:
    """`(N,)`: confidence of each box times the mean confidence `(N, J)` of its joints above `SURE`, 0 without any."""
    sure = confidences > SURE
    total = np.where(sure, confidences, 0).sum(axis=1)
    return np.asarray(box_scores * total / np.maximum(sure.sum(axis=1), 1))


def kept(images: NDArray[np.int64], joints: Floats, scores: Floats, areas: Floats, sigmas: Floats) -> NDArray[np.int64]:
    """Indices of those that stay when, in each image, whoever is alike to somebody surer goes; the surest first.

    Args:
        images: `(N,)`, the image of each person.
        joints: `(N, J, 2)` in pixels of the image.
        areas: `(N,)` of the crops, square pixels.
        sigmas: `(J,)`, OKS constants.
    """
    order = np.argsort(-scores, kind="stable")
    stay: list[int] = []
    of_image: dict[int, list[int]] = {}
    variances = (2 * sigmas) ** 2
    for one in order.tolist():
        others = of_image.setdefault(int(images[one]), [])
        squared = ((joints[others] - joints[one]) ** 2).sum(axis=2)
        mean_areas = (areas[others] + areas[one])[:, None] / 2
        similarity = np.exp(-squared / variances / mean_areas / 2).mean(axis=1)
        if not (similarity > ALIKE).any():
            others.append(one)
            stay.append(one)
    return np.array(stay, dtype=np.int64)
