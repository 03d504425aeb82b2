"""A few pictures of COCO 2017 with the boxes and masks of its twelve supercategories: a check on real pictures.

Eighty classes have a median of four objects each here; even twelve are too few for a reliable number.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.coco_files import CocoFiles


@dataclass(frozen=True)
class CocoFew(CocoFiles):
    """Pictures of at most 320 pixels a side."""

    name = "coco_few"
    role = "COCO instances"
    class_names = (
        "person", "vehicle", "outdoor", "animal", "accessory", "sports", "kitchen", "food", "furniture", "electronic",
        "appliance", "indoor",
    )  # fmt: skip
    class_field = "supercategory"
    native_size = (320, 320)
    folder = "coco_few"
    with_masks = True

    picture_counts: tuple[int, int] | None = (77, 83)


DATA_SET = CocoFew()
