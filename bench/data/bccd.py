"""BCCD: microscope pictures of blood cells with boxes of three classes, in place of PASCAL VOC.

`val`, the reported split of this suite, is the official *test* split (72 pictures), as in the other sets. The official
validation split (87 pictures) is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bench.data.coco_files import CocoFiles


@dataclass(frozen=True)
class Bccd(CocoFiles):
    """Cells at the edges are not all labelled; red blood cells are 85 % of the boxes."""

    name = "bccd"
    role = "VOC"
    class_names = ("Platelets", "RBC", "WBC")
    native_size = (240, 320)
    folder = "bccd"
    official: ClassVar[dict[str, str]] = {"train": "train", "val": "test"}
    with_masks = False

    picture_counts: tuple[int, int] | None = (205, 72)


TITLE = "BCCD"
DATA_SET = Bccd()
