"""The people of COCO as it is published, or of your own pictures in its layout, with COCO's 17 joints."""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.coco import Coco
from bench.data.coco_few_people import CocoFewPeople


@dataclass(frozen=True)
class CocoPeople(Coco):
    """As `coco`, from the files of people."""

    name = "coco_people"
    role = "COCO people"
    annotation_file = "annotations/person_keypoints_{split}.json"
    joint_names = CocoFewPeople.joint_names
    flip_pairs = CocoFewPeople.flip_pairs
    sigmas = CocoFewPeople.sigmas

    class_names: tuple[str, ...] = ("person",)


TITLE = "COCO people"
DATA_SET = CocoPeople()
