"""As `coco_keypoints`, scored along the boxes that a detector of people has found, as published results are."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data.coco_keypoints import CocoKeypoints
from bench.data.packed import Rows
from bench.data.streamed import Survey
from supertickets.data.coco_records import Record
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, read_json
from supertickets.data.persons import Annotations

DETECTIONS = "person_detection_results/COCO_val2017_detections_AP_H_56_person.json"
"""Boxes in COCO's format of results: those that the authors of SimpleBaseline and HRNet publish."""


@dataclass(frozen=True)
class CocoKeypointsDetected(CocoKeypoints):
    """Nets are trained along annotated boxes; `val` has the detector's, and everybody annotated counts in its score."""

    name = "coco_keypoints_detected"
    layout = f"{CocoKeypoints.layout} and <root>/coco/{DETECTIONS}"

    val_count: int | None = None

    def boxes(self, folder: Path, split: str, source: Annotations) -> tuple[list[dict[str, Any]], Annotations]:
        if split == "train":
            return super().boxes(folder, split, source)
        path = folder / DETECTIONS
        category = source["categories"][0]["id"]
        known = {record["id"] for record in source["images"]}
        try:
            people = [one for one in _records(read_json(path)) if one.whole("category_id", 0, 2**31) == category]
            found = [_box(one, known) for one in people]
        except ValueError as error:
            raise DataError(f"{path}: {error}: {REMEDY}, or correct it") from error
        return sorted(found, key=lambda one: one["image_id"]), source

    def present(self, root: Path) -> bool:
        return (root / self.folder / DETECTIONS).exists()

    def list_files(self, folder: Path) -> list[Path]:
        return [*super().list_files(folder), folder / DETECTIONS]

    def extra_of(self, found: Survey, official: str, split: str, rows: Rows) -> dict[str, Any]:
        # a split that is carved from train has annotated boxes
        return {**super().extra_of(found, official, split, rows), "detected": split == "val"}


def _records(source: Any) -> list[Record]:
    if not isinstance(source, list) or not all(isinstance(one, dict) for one in source):
        raise ValueError("it is not a list of detections")
    return [Record(f"detection {number}", one) for number, one in enumerate(source, start=1)]


def _box(one: Record, images: set[int]) -> dict[str, Any]:
    if (image := one.id("image_id")) not in images:
        raise one.wrong("image_id", "the id of an image of val2017")
    box = one.numbers("bbox", 4)
    if min(box[2:]) <= 0:
        raise one.wrong("bbox", "a box (x, y, width, height) of positive size")
    score = one.number("score")
    if not 0 <= score <= 1:
        raise ValueError(f"{one.called} has score {reprlib.repr(score)}, not a number from 0 to 1")
    return {"image_id": image, "bbox": box, "score": score}


DATA_SET = CocoKeypointsDetected()
