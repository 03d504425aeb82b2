"""Objects of a file in COCO's layout, whatever it annotates: every field there, of its kind and in range."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supertickets.data.files import inside

LARGEST_ID = 2**63 - 1
LARGEST_SIDE = 2**16
LARGEST_NUMBER = 1e9
"""Of a coordinate or an area; what is not finite is not below it either."""


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


def top(source: Any, layout: str) -> tuple[list[Record], list[Record], list[Record]]:
    """Categories, images and annotations of a file.

    Args:
        source: what the JSON file holds.
        layout: what it should be in, for messages.

    Raises:
        ValueError: one of the three lists is not there.
    """
    if not isinstance(source, dict):
        raise ValueError(f"it is not in {layout}: no object at the top")
    categories, pictures, annotations = (
        _records(source, name, layout) for name in ("categories", "images", "annotations")
    )
    return categories, pictures, annotations


def _records(source: dict[str, Any], name: str, layout: str) -> list[Record]:
    listed = source.get(name)
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ValueError(f"it is not in {layout}: no list of objects {name!r}")
    singular = {"categories": "category", "images": "image", "annotations": "annotation"}[name]
    return [
        Record(f"{singular} {number} (id {reprlib.repr(one['id']) if 'id' in one else 'missing'})", one)
        for number, one in enumerate(listed, start=1)
    ]


def check_pictures(pictures: Sequence[Record], images: Path) -> dict[Any, Record]:
    """Look at every field of `images`, and return its records by id.

    Raises:
        ValueError: naming image and field; also for an id or a file that two of them have.
    """
    for picture in pictures:
        _check_picture(picture, images)
    for name in ("id", "file_name"):
        require_unique(pictures, name)
    return {picture.fields["id"]: picture for picture in pictures}


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


def check_joints(person: Record, joints: int) -> int:
    """Look at the joints of a person, and return how many are labelled.

    Raises:
        ValueError: naming the field.
    """
    flags = person.numbers("keypoints", 3 * joints)[2::3]
    if not set(flags) <= {0, 1, 2}:
        raise ValueError(f"{person.called} has a visibility other than 0, 1, 2 in its joints (x, y, v)")
    labelled = joints - flags.count(0)
    if person.whole("num_keypoints", 0, joints) != labelled:
        raise person.wrong("num_keypoints", f"the {labelled} joints that it labels")
    return labelled


def check_near(record: Record, picture: Record, box: Sequence[float], joints: Sequence[float] = ()) -> None:
    """Refuse a box (x, y, width, height) or labelled joints (x, y, v, x, ...) far out of their picture.

    Raises:
        ValueError: naming the record.
    """
    flags = joints[2::3]
    for axis in (0, 1):
        start, length = box[axis], box[axis + 2]
        side = picture.fields["width" if axis == 0 else "height"]
        places = [place for place, flag in zip(joints[axis::3], flags, strict=True) if flag]
        if min([start, *places]) < -side or max([start + length, *places]) > 2 * side:
            raise ValueError(f"{record.called} has its box or a joint further out of its image than the image is large")


def require_unique(records: Sequence[Record], name: str) -> None:
    """Refuse a value of a field that two records have.

    Raises:
        ValueError: naming both.
    """
    seen: dict[Any, Record] = {}
    for record in records:
        if (other := seen.setdefault(record.fields[name], record)) is not record:
            raise ValueError(f"{record.called} has the same {name} as {other.called}")


def _are_numbers(values: list[Any]) -> bool:
    return {*map(type, values)} <= {int, float} and all(-LARGEST_NUMBER <= value <= LARGEST_NUMBER for value in values)
