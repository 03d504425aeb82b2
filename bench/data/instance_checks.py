"""What a COCO file of boxes, masks or people must say before anything in it is used: every field of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from supertickets.data.coco_records import Record, check_joints, check_near, check_pictures, require_unique, top

LAYOUT = "COCO layout"


def check_instances(source: Any, kind: str, names: Sequence[str], joints: Sequence[str], images: Path) -> None:
    """Look at every field of a file that is used later, masks apart.

    Ids may be any whole numbers, with gaps between them and 0 among them. Boxes may stick out of their picture, and
    may have no area.

    Args:
        source: what the JSON file holds.
        kind: field of a category that names its class, "name" or "supercategory".
        names: classes that have to be there; others may be there, too.
        joints: names of the joints that every category of those classes must have, in order; none for boxes and masks.
        images: folder that the pictures lie in.

    Raises:
        ValueError: naming the category, image or annotation, by its place in the list and its id, and the field.
    """
    categories, pictures, objects = top(source, LAYOUT)
    for category in categories:
        _check_category(category, kind)
        if joints and category.fields[kind] in names and category.field("keypoints") != list(joints):
            raise category.wrong("keypoints", f"the joints {list(joints)}")
    for field in ("id", "name"):
        require_unique(categories, field)
    if lacking := [name for name in names if name not in {category.fields[kind] for category in categories}]:
        raise ValueError(f"no category has the {kind} {lacking[0]!r}, one of the classes of this data set")
    known = {category.fields["id"] for category in categories}
    by_id = check_pictures(pictures, images)
    for one in objects:
        one.id("id")
        if one.id("category_id") not in known:
            raise one.wrong("category_id", "the id of a listed category")
        if (shown := by_id.get(one.id("image_id"))) is None:
            raise one.wrong("image_id", "the id of a listed image")
        _check_object(one, shown, len(joints))
    require_unique(objects, "id")


def _check_category(category: Record, kind: str) -> None:
    category.id("id")
    for field in {"name", kind}:
        value = category.field(field)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise category.wrong(field, "a text of one line")


def _check_object(one: Record, picture: Record, joints: int) -> None:
    one.whole("iscrowd", 0, 1)
    box = one.numbers("bbox", 4)
    if min(box[2:]) < 0:
        raise one.wrong("bbox", "a box (x, y, width, height) of no negative size")
    width, height = picture.fields["width"], picture.fields["height"]
    # Outlines are counted in whole pixels.
    if not 0 <= one.number("area") <= (width + 1) * (height + 1):
        raise one.wrong("area", "from 0 to the area of its image")
    if joints:
        check_joints(one, joints)
    check_near(one, picture, box, one.numbers("keypoints", 3 * joints) if joints else ())
