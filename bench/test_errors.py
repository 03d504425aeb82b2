"""Time of an error analysis: `nox -s bench`. Twice the pictures may take little more than twice as long."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bench.errors import analyse
from bench.paired import paired_ratio

CLASSES, OBJECTS, DETECTIONS = 20, 8, 50
ROUNDS = 5


def drawn(pictures: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Ground truth, and detections of which most lie near an object."""
    random = np.random.default_rng(0)
    boxes = random.uniform((0, 0, 20, 20), (400, 400, 200, 200), (pictures, OBJECTS, 4))
    classes = random.integers(0, CLASSES, (pictures, OBJECTS))
    nearest = random.integers(0, OBJECTS, (pictures, DETECTIONS))
    found = np.take_along_axis(boxes, nearest[..., None], axis=1) + random.normal(0, 10, (pictures, DETECTIONS, 4))
    annotations = [
        {"id": OBJECTS * image + number, "image_id": image, "category_id": category, "bbox": box, "iscrowd": 0}
        for image in range(pictures)
        for number, (category, box) in enumerate(zip(classes[image].tolist(), boxes[image].tolist(), strict=True))
    ]
    detections = [
        {"image_id": image, "category_id": int(classes[image, near]), "bbox": box, "score": score}
        for image in range(pictures)
        for near, box, score in zip(
            nearest[image], found[image].clip(0).tolist(), random.random(DETECTIONS).tolist(), strict=True
        )
    ]
    truth = {"images": [{"id": n} for n in range(pictures)], "categories": [{"id": n} for n in range(CLASSES)]}
    return {**truth, "annotations": annotations}, detections


def test_time_grows_with_the_number_of_pictures(benchmark: Any) -> None:
    """1000 pictures against 500: 50,000 detections against 25,000."""
    sides: dict[str, Callable[[], object]] = {
        f"{pictures} pictures": partial(analyse, *drawn(pictures), "box", pycocotools=False) for pictures in (500, 1000)
    }
    assert 1 < paired_ratio(benchmark, sides, ROUNDS) < 2.6
