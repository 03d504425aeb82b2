"""Fields of a keypoint file at their bounds: what is on them is taken, and what is beyond is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from supertickets.data.coco_records import LARGEST_ID, Record, check_near, top
from supertickets.data.keypoint_checks import check_annotations

pytestmark = pytest.mark.fast

JOINTS = ("head", "hand")
FILE: dict[str, Any] = {
    "categories": [{"id": 1, "keypoints": list(JOINTS)}],
    "images": [
        {"id": 3, "width": 40, "height": 30, "file_name": "a.png"},
        {"id": 4, "width": 40, "height": 30, "file_name": "b.png"},
    ],
    "annotations": [
        {
            "id": number, "image_id": 3, "category_id": 1, "iscrowd": 0, "bbox": [5, 6, 20, 10], "area": 90,
            "keypoints": [7, 8, 2, 0, 0, 0], "num_keypoints": 1,
        }
        for number in (1, 2)
    ],
}  # fmt: skip


def checked(change: Callable[[dict[str, Any]], object]) -> None:
    source = copy.deepcopy(FILE)
    change(source)
    check_annotations(source, JOINTS, Path("images"))


def person(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda source: source["annotations"][1].update(fields)


def picture(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda source: source["images"][1].update(fields)


def everywhere(number: int) -> Callable[[dict[str, Any]], None]:
    """The id of the one category."""

    def change(source: dict[str, Any]) -> None:
        source["categories"][0]["id"] = number
        for one in source["annotations"]:
            one["category_id"] = number

    return change


SOUND = {
    "as it is": person(), "ids of any sign": person(id=-LARGEST_ID), "a large id": person(id=LARGEST_ID),
    "category 0": everywhere(0), "side of 1": picture(width=1, height=1), "largest side": picture(width=2**16),
    "box of 1": person(bbox=[5, 6, 1, 0.5], area=3), "box at its farthest": person(bbox=[-40, -30, 120, 90]),
    "joint at its farthest": person(keypoints=[-40, 60, 1, 80, -30, 2], num_keypoints=2),
    "area of all": person(area=21 * 11), "small area": person(area=1e-9),
    "crowd without a box": person(iscrowd=1, bbox=[0, 0, 0, 0], area=0),
    "crowd far away": person(iscrowd=1, bbox=[-1e9, 1e9, 1, 1], area=1e9),
    "nobody": person(keypoints=[0] * 6, num_keypoints=0, bbox=[0, 0, 0, 0], area=-1),
    "unlabelled joint far away": person(keypoints=[7, 8, 2, 1e9, -1e9, 0]),
}  # fmt: skip
WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "list at the top": (lambda source: source.clear(), "it is not in COCO keypoint layout: no list of objects 'categ"),
    "no object": (lambda source: source["images"].append(3), "it is not in COCO keypoint layout: no list of objects"),
    "no category": (lambda source: source["categories"].clear(), "it has 0 categories, not one of persons"),
    "two categories": (lambda source: source["categories"].append({"id": 2}), "it has 2 categories, not one of pers"),
    "other joints": (lambda source: source["categories"][0].update(keypoints=["a"]), "category 1 .id 1. has keypoints"),
    "too large an id": (person(id=LARGEST_ID + 1), "annotation 2 .id 9223372036854775808. has id 9223372036854775808"),
    "too small an id": (person(id=-LARGEST_ID - 1), "annotation 2 .* has id -9223372036854775808, not a whole number"),
    "flag as id": (person(id=True), "annotation 2 .id True. has id True, not a whole number from"),
    "id twice": (person(id=1), "annotation 2 .id 1. has the same id as annotation 1"),
    "id of a picture twice": (picture(id=3), "image 2 .id 3. has the same id as image 1"),
    "file twice": (picture(file_name="a.png"), "image 2 .id 4. has the same file_name as image 1"),
    "number as file": (picture(file_name=3), "image 2 .id 4. has file_name 3, not a text"),
    "no file": (picture(file_name=""), "image 2 .id 4.: file_name '' is no name of a file"),
    "side of 0": (picture(width=0), "image 2 .id 4. has width 0, not a whole number from 1 to 65536"),
    "side too large": (picture(height=2**16 + 1), "has height 65537, not a whole number from 1 to 65536"),
    "fraction of a side": (picture(height=3.0), "has height 3.0, not a whole number"),
    "unknown picture": (person(image_id=5), "has image_id 5, not the id of a listed image"),
    "crowd of 2": (person(iscrowd=2), "has iscrowd 2, not a whole number from 0 to 1"),
    "flag 3": (person(keypoints=[7, 8, 3, 0, 0, 0]), "has a visibility other than 0, 1, 2 in its joints"),
    "five numbers": (person(keypoints=[7, 8, 2, 0, 0]), "has keypoints .*, not a list of 6 numbers"),
    "joints miscounted": (person(num_keypoints=2), "has num_keypoints 2, not the 1 joints that it labels"),
    "large coordinate": (person(bbox=[1e9 + 1, 0, 1, 1]), "has bbox .*, not a list of 4 numbers"),
    "large negative area": (person(area=-1e9 - 1), "has area -1000000001.0, not a number"),
    "text as area": (person(area="1"), "has area '1', not a number"),
    "box of no width": (person(bbox=[5, 6, 0, 10]), "has bbox .*, not a box .* of at least 1 pixel"),
    "box below a pixel": (person(bbox=[5, 6, 0.9, 0.9], area=0.5), "has bbox .*, not a box .* of at least 1 pixel"),
    "area of 0": (person(area=0), "has area 0, not above 0 and within its box"),
    "area beyond the box": (person(area=21 * 11 + 0.1), "has area 231.1, not above 0 and within its box"),
    "box too far left": (person(bbox=[-40.1, 6, 60, 10]), "further out of its image than the image is"),
    "box too far down": (person(bbox=[5, 30, 20, 30.1]), "further out of its image than the image is"),
    "joint too far right": (person(keypoints=[80.1, 8, 2, 0, 0, 0]), "further out of its image than the image is"),
    "joint too far up": (person(keypoints=[8, -30.1, 1, 0, 0, 0]), "further out of its image than the image is"),
}  # fmt: skip


@pytest.mark.parametrize("change", SOUND)
def test_what_is_on_its_bounds_is_taken(change: str) -> None:
    checked(SOUND[change])


@pytest.mark.parametrize("change", WRONG)
def test_what_is_beyond_them_is_named(change: str) -> None:
    wrong, said = WRONG[change]
    with pytest.raises(ValueError, match=f"^.*{said}"):
        checked(wrong)


def test_numbers_are_those_up_to_a_billion() -> None:
    record = Record("it", {"a": [1e9, -1e9, 3], "b": 1e9, "c": -1e9, "d": float("nan"), "e": [0, True]})
    assert record.numbers("a", 3) == [1e9, -1e9, 3.0] and record.number("b") == -record.number("c") == 1e9
    for name, read in (("d", record.number), ("e", lambda name: record.numbers(name, 2)), ("f", record.number)):
        with pytest.raises(ValueError, match=r"^it has "):
            read(name)


def test_a_box_without_joints_may_be_as_far_out_as_its_image_is_large() -> None:
    shown = Record("image", {"width": 10, "height": 5})
    check_near(Record("it", {}), shown, [-10, -5, 30, 15])
    for box in ([-10, -5, 30, 15.1], [-10, -5, 30.1, 15], [-10, -5.1, 1, 1], [-10.1, -5, 1, 1]):
        with pytest.raises(ValueError, match=r"^it has its box or a joint further out"):
            check_near(Record("it", {}), shown, box)


def test_records_are_called_by_their_place_and_id() -> None:
    categories, pictures, _ = top({"categories": [{"id": "a"}], "images": [{}], "annotations": []}, "a layout")
    assert [one.called for one in (*categories, *pictures)] == ["category 1 (id 'a')", "image 1 (id missing)"]
    with pytest.raises(ValueError, match=r"^it is not in a layout: no object at the top$"):
        top([], "a layout")
