"""Where counts of average precision differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.errors.entries import Floats


def hundredths() -> Floats:
    """The 101 recalls j / 100."""
    return np.arange(101) / 100


def multiples() -> Floats:
    """The same as pycocotools computes them, j * 0.01: some are one rounding error higher."""
    return np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Rules:
    """How detections are counted, by default as in this analysis.

    Attributes:
        limit: this many detections of the highest scores count.
        limit_per_class: per image and class, and not per image.
        classes_without_objects: a class with detections but no object counts as AP 0, or else not at all.
        last_of_equal: of objects with equal overlap a detection takes the last and not the first.
        crowd_at_least: a detection in a crowd region is ignored from the threshold on, and not only above it.
        recalls: where the precision is read.
    """

    limit: int = 100
    limit_per_class: bool = False
    classes_without_objects: bool = True
    last_of_equal: bool = False
    crowd_at_least: bool = False
    recalls: Callable[[], Floats] = hundredths


PYCOCOTOOLS: dict[str, Any] = {
    "limit_per_class": True,
    "classes_without_objects": False,
    "last_of_equal": True,
    "crowd_at_least": True,
    "recalls": multiples,
}
"""Rule -> what pycocotools has in its place."""
