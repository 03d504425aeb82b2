"""What a COCO keypoint file must say before anything in it is used: every field there, of its kind and in range."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from supertickets.data.coco_records import Record, check_joints, check_near, check_pictures, require_unique, top

SMALLEST_BOX = 1
"""Pixels of the longer side of a box whose person is used."""


def check_annotations(source: Any, joints: Sequence[str], images: Path) -> None:
    """Look at every field of a keypoint file that is used later.

    Ids may be any whole numbers, 0 among them. Of crowds and of persons without a labelled joint, who are not used,
    box and area only have to be numbers.

    Args:
        source: what the JSON file holds.
        joints: names of the joints that its one category must have, in order.
        images: folder that the pictures lie in.

    Raises:
        ValueError: naming the image or annotation, by its place in the list and its id, and the field.
    """
    categories, pictures, persons = top(source, "COCO keypoint layout")
    if len(categories) != 1:
        raise ValueError(f"it has {len(categories)} categories, not one of persons")
    category = categories[0].id("id")
    if categories[0].field("keypoints") != list(joints):
        raise categories[0].wrong("keypoints", f"the joints {list(joints)}")
    by_id = check_pictures(pictures, images)
    for person in persons:
        person.id("id")
        if person.id("category_id") != category:
            raise person.wrong("category_id", f"the listed category {category}")
        if (shown := by_id.get(person.id("image_id"))) is None:
            raise person.wrong("image_id", "the id of a listed image")
        _check_person(person, shown, len(joints))
    require_unique(persons, "id")


def _check_person(person: Record, picture: Record, joints: int) -> None:
    labelled = check_joints(person, joints)
    box = person.numbers("bbox", 4)
    width, height = box[2:]
    area = person.number("area")
    if person.whole("iscrowd", 0, 1) or not labelled:
        return
    if min(width, height) <= 0 or max(width, height) < SMALLEST_BOX:
        raise person.wrong("bbox", f"a box (x, y, width, height) of at least {SMALLEST_BOX} pixel")
    # Outlines are counted in whole pixels, boxes are not.
    if not 0 < area <= (width + 1) * (height + 1):
        raise person.wrong("area", "above 0 and within its box")
    check_near(person, picture, box, person.numbers("keypoints", 3 * joints))
