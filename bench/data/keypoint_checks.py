"""What a COCO keypoint file must say before anything in it is used: every field there, of its kind and in range."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data.files import inside

LARGEST_ID = 2**63 - 1
LARGEST_SIDE = 2**16
LARGEST_NUMBER = 1e9
"""Of a coordinate or an area; what is not finite is not below it either."""

SMALLEST_BOX = 1
"""Pixels of the longer side of a box whose person is used."""


@dataclass(frozen=True)
class Record:
    """An object of the file, and how errors call it.

    Every method raises ValueError where the field is missing or not what its name says.
    """

    called: str
    fields: dict[str, Any]

    def field(self, name: str) -> Any:
        """The value of a field of any kind."""
        if name not in self.fields:
            raise ValueError(f"{self.called} has no {name!r}")
        return self.fields[name]

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.field(name)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(name, f"a whole number from {least} to {most}")
        return value

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.field(name)
        if not _are_numbers([value]):
            raise self.wrong(name, "a number")
        return float(value)

    def numbers(self, name: str, count: int) -> list[float]:
        """`count` finite numbers."""
        values = self.field(name)
        if not isinstance(values, list) or len(values) != count or not _are_numbers(values):
            raise self.wrong(name, f"a list of {count} numbers")
        return [float(value) for value in values]

    def id(self, name: str) -> int:
        """An id."""
        return self.whole(name, -LARGEST_ID, LARGEST_ID)

    def wrong(self, name: str, expected: str) -> ValueError:
        """The error for a field that is there."""
        return ValueError(f"{self.called} has {name} {reprlib.repr(self.fields[name])}, not {expected}")


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
    if not isinstance(source, dict):
        raise ValueError("it is not in COCO keypoint layout: no object at the top")
    categories, pictures, persons = (_records(source, name) for name in ("categories", "images", "annotations"))
    if len(categories) != 1:
        raise ValueError(f"it has {len(categories)} categories, not one of persons")
    category = categories[0].id("id")
    if categories[0].field("keypoints") != list(joints):
        raise categories[0].wrong("keypoints", f"the joints {list(joints)}")
    for picture in pictures:
        _check_picture(picture, images)
    for name in ("id", "file_name"):
        _require_unique(pictures, name)
    by_id = {picture.fields["id"]: picture for picture in pictures}
    for person in persons:
        person.id("id")
        if person.id("category_id") != category:
            raise person.wrong("category_id", f"the listed category {category}")
        if (shown := by_id.get(person.id("image_id"))) is None:
            raise person.wrong("image_id", "the id of a listed image")
        _check_person(person, shown, len(joints))
    _require_unique(persons, "id")


def _records(source: dict[str, Any], name: str) -> list[Record]:
    listed = source.get(name)
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ValueError(f"it is not in COCO keypoint layout: no list of objects {name!r}")
    singular = {"categories": "category", "images": "image", "annotations": "annotation"}[name]
    return [
        Record(f"{singular} {number} (id {reprlib.repr(one['id']) if 'id' in one else 'missing'})", one)
        for number, one in enumerate(listed, start=1)
    ]


def _check_picture(picture: Record, images: Path) -> None:
    picture.id("id")
    for side in ("width", "height"):
        picture.whole(side, 1, LARGEST_SIDE)
    name = picture.field("file_name")
    if not isinstance(name, str):
        raise picture.wrong("file_name", "a text")
    try:
        inside(images, name)
    except ValueError as error:
        raise ValueError(f"{picture.called}: file_name {error}") from error


def _check_person(person: Record, picture: Record, joints: int) -> None:
    keypoints = person.numbers("keypoints", 3 * joints)
    flags = keypoints[2::3]
    if not set(flags) <= {0, 1, 2}:
        raise ValueError(f"{person.called} has a visibility other than 0, 1, 2 in its joints (x, y, v)")
    labelled = joints - flags.count(0)
    if person.whole("num_keypoints", 0, joints) != labelled:
        raise person.wrong("num_keypoints", f"the {labelled} joints that it labels")
    x, y, width, height = person.numbers("bbox", 4)
    area = person.number("area")
    if person.whole("iscrowd", 0, 1) or not labelled:
        return
    if min(width, height) <= 0 or max(width, height) < SMALLEST_BOX:
        raise person.wrong("bbox", f"a box (x, y, width, height) of at least {SMALLEST_BOX} pixel")
    # Outlines are counted in whole pixels, boxes are not.
    if not 0 < area <= (width + 1) * (height + 1):
        raise person.wrong("area", "above 0 and within its box")
    for axis, (start, length) in enumerate(((x, width), (y, height))):
        side = picture.fields["width" if axis == 0 else "height"]
        places = [place for place, flag in zip(keypoints[axis::3], flags, strict=True) if flag]
        if min(start, *places) < -side or max(start + length, *places) > 2 * side:
            raise ValueError(f"{person.called} has its box or a joint further out of its image than the image is large")


def _require_unique(records: Sequence[Record], name: str) -> None:
    seen: dict[Any, Record] = {}
    for record in records:
        if (other := seen.setdefault(record.fields[name], record)) is not record:
            raise ValueError(f"{record.called} has the same {name} as {other.called}")


def _are_numbers(values: list[Any]) -> bool:
    return {*map(type, values)} <= {int, float} and all(-LARGEST_NUMBER <= value <= LARGEST_NUMBER for value in values)
