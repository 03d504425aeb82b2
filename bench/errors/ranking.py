"""Which detections count, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.errors.entries import Floats
from bench.errors.problem import Ints, Problem


@dataclass(frozen=True)
class Ranked:
    """The N detections that count: image by image, by falling score, equal scores in the order of the file.

    Attributes:
        index: `(N,)`, positions in the file.
        image, classes: `(N,)`, positions of image and category.
        scores: `(N,)`.
    """

    index: Ints
    image: Ints
    classes: Ints
    scores: Floats

    def __len__(self) -> int:
        return len(self.index)


def rank(problem: Problem, limit: int, *, per_class: bool = False) -> Ranked:
    """Order a problem's detections and leave out those of an image, or of an image and class, beyond the limit."""
    image, classes, scores = problem.image_of_detection, problem.class_of_detection, problem.scores
    order = np.lexsort((-scores, image))  # stable: equal scores stay in the order of the file
    group = image * max(len(problem.categories), 1) + classes if per_class else image
    kept = order[_place(group[order]) < limit]
    return Ranked(kept, image[kept], classes[kept], scores[kept])


def _place(group: Ints) -> Ints:
    """`(N,)`: how many earlier ones are of the same group."""
    order = np.argsort(group, kind="stable")
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return place
