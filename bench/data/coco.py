"""COCO as it is published, or your own pictures in its layout: boxes and masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bench.data.coco_files import CocoFiles
from bench.data.streamed_annotations import StreamedAnnotations


@dataclass(frozen=True)
class Coco(CocoFiles, StreamedAnnotations):
    """Classes are the categories of the train split, by their ids, unless some are named."""

    name = "coco"
    role = "COCO instances"
    native_size = (640, 640)
    folder = "coco"
    annotation_file = "annotations/instances_{split}.json"
    official: ClassVar[dict[str, str]] = {"train": "train2017", "val": "val2017"}
    with_masks = True
    gigabytes = 20.0

    class_names: tuple[str, ...] = ()
    picture_counts: tuple[int, int] | None = None


TITLE = "COCO instances"
DATA_SET = Coco()
