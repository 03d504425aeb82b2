"""The people of a few pictures of COCO 2017, with 17 joints: a check on real pictures.

They are too few for a reliable number.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.coco_files import CocoFiles
from bench.data.drawing.body import JOINTS
from bench.data.embedded_people import EmbeddedPeople
from bench.errors.people import COCO_SIGMAS


@dataclass(frozen=True)
class CocoFewPeople(CocoFiles):
    """People without labelled joints have boxes and masks; pictures without people are background."""

    name = "coco_few_people"
    role = "COCO people"
    class_names = ("person",)
    native_size = (320, 320)
    folder = "coco_few"
    annotation_file = "person_keypoints_{split}.json"
    with_masks = True
    joint_names = JOINTS
    flip_pairs = EmbeddedPeople.flip_pairs
    sigmas = COCO_SIGMAS

    picture_counts: tuple[int, int] | None = (77, 83)


DATA_SET = CocoFewPeople()
