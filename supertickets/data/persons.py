"""People or other things with joints: annotations in COCO's layout become one canvas per annotated person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from supertickets.data import crops
from supertickets.data.cache import CreateArray
from supertickets.data.errors import DataError
from supertickets.data.pictures import MOST_PIXELS

Annotations = dict[str, Any]
"""A COCO keypoint file: lists `images`, `annotations`, `categories`."""

ReadImage = Callable[[dict[str, Any]], Image.Image]
"""Gives the RGB image of one record of `images`."""


def decode_persons(
    truth: Annotations, read: ReadImage, image_size: tuple[int, int], joints: int, name: str, create: CreateArray
) -> None:
    """Fill the arrays of `PersonCrops`.

    Args:
        truth: what `scored_persons` gives, at least one person.
        image_size: `(H, W)` of the net's input, both even.
        joints: of every person.
        name: of the data, for people.

    Raises:
        DataError: a box that is too large to be cut out, or a picture that cannot be read.
        ValueError: odd sizes.
    """
    side = crops.canvas_side(image_size)  # Before anything slow: raises on odd sizes.
    persons = truth["annotations"]
    count = len(persons)
    images = create("images", (count, 3, side, side), np.uint8)
    places = create("joints", (count, joints, 2), np.float32)
    visibility = create("visibility", (count, joints), np.uint8)
    to_image = create("to_image", (count, 2, 3), np.float32)
    ids = create("annotation_ids", (count,), np.int64)
    records = {record["id"]: record for record in truth["images"]}
    current = None
    for index, person in enumerate(persons):
        if person["image_id"] != current:  # Persons of one image follow each other: decode it once.
            current = person["image_id"]
            image = read(records[current])
        canvas = crops.person_canvas(person["bbox"], image_size)
        if (canvas.scale * side) ** 2 > MOST_PIXELS:
            raise DataError(
                f"{name}: annotation {person['id']} has a box of {person['bbox'][2]}x{person['bbox'][3]}, "
                f"too large to be cut out at {image_size[0]}x{image_size[1]}: shrink its image"
            )
        keypoints = np.asarray(person["keypoints"], dtype=np.float64).reshape(joints, 3)
        seen = keypoints[:, 2] > 0
        images[index] = canvas.cut(image)
        places[index] = np.where(seen[:, None], canvas.from_image(keypoints[:, :2]), 0.0)
        visibility[index] = keypoints[:, 2]
        to_image[index] = canvas.to_image
        ids[index] = person["id"]


def upper_joints(names: Sequence[str]) -> tuple[int, ...]:
    """Indices of the joints above the hips, as far as their names tell."""
    lower = ("hip", "knee", "ankle")
    return tuple(i for i, name in enumerate(names) if not any(part in name for part in lower))


def scored_persons(source: Annotations) -> Annotations:
    """The annotations that are trained on and scored, ordered by image, then by id.

    As in COCO's protocol with ground-truth boxes: no crowds, and nobody without a labelled joint.
    Images that are left without a person go too.
    """
    persons = [one for one in source["annotations"] if one["num_keypoints"] > 0 and not one["iscrowd"]]
    persons.sort(key=lambda one: (one["image_id"], one["id"]))
    used = {one["image_id"] for one in persons}
    images = sorted((record for record in source["images"] if record["id"] in used), key=lambda record: record["id"])
    return {"images": images, "annotations": persons, "categories": source["categories"]}


def of_images(source: Annotations, records: list[dict[str, Any]]) -> Annotations:
    """The same annotations restricted to some images."""
    kept = {record["id"] for record in records}
    persons = [one for one in source["annotations"] if one["image_id"] in kept]
    return {**source, "images": records, "annotations": persons}
