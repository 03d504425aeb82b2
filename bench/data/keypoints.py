"""Top-down keypoint data sets: annotations in COCO layout become one canvas per annotated person."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image

from bench.data import crops
from bench.data.base import CreateArray, DataError, DataSet
from bench.data.pictures import MOST_PIXELS
from supertickets.tasks.data import PersonCrops

Annotations = dict[str, Any]
"""A COCO keypoint file: lists `images`, `annotations`, `categories`."""

ReadImage = Callable[[dict[str, Any]], Image.Image]
"""Gives the RGB image of one record of `images`."""


class KeypointDataSet(DataSet):
    """A data set of persons; the joint layout is fixed per set.

    Attributes:
        flip_pairs: pairs of joint indices that swap when the image is mirrored.
        sigmas: one OKS constant per joint (COCO's `kpt_oks_sigmas`).
    """

    task = "pose"
    decoder_version = f"1.{crops.VERSION}"
    flip_pairs: ClassVar[tuple[tuple[int, int], ...]]
    sigmas: ClassVar[tuple[float, ...]]

    @abstractmethod
    def _source(self, root: Path | None, split: str) -> tuple[Annotations, ReadImage]:
        """Annotations of a split, and how to read its images."""

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        side = crops.canvas_side(image_size)  # Before anything slow: raises on odd sizes.
        source, read = self._source(root, split)
        truth = scored_persons(source)
        persons = truth["annotations"]
        if not persons:
            raise DataError(f"{self.name} has no person with labelled joints in split {split!r}")
        count = len(persons)
        images = create("images", (count, 3, side, side), np.uint8)
        joints = create("joints", (count, self.classes, 2), np.float32)
        visibility = create("visibility", (count, self.classes), np.uint8)
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
                    f"{self.name}: annotation {person['id']} has a box of {person['bbox'][2]}x{person['bbox'][3]}, "
                    f"too large to be cut out at {image_size[0]}x{image_size[1]}: shrink its image"
                )
            keypoints = np.asarray(person["keypoints"], dtype=np.float64).reshape(self.classes, 3)
            labelled = keypoints[:, 2] > 0
            images[index] = canvas.cut(image)
            joints[index] = np.where(labelled[:, None], canvas.from_image(keypoints[:, :2]), 0.0)
            visibility[index] = keypoints[:, 2]
            to_image[index] = canvas.to_image
            ids[index] = person["id"]
        return truth

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> PersonCrops:
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return PersonCrops(
            **tensors,
            ground_truth=extra,
            joint_names=self.class_names,
            flip_pairs=self.flip_pairs,
            sigmas=self.sigmas,
            upper_joints=self.upper_joints(),
        )

    @classmethod
    def upper_joints(cls) -> tuple[int, ...]:
        """Indices of the joints above the hips."""
        lower = ("hip", "knee", "ankle")
        return tuple(i for i, name in enumerate(cls.class_names) if not any(part in name for part in lower))

    @classmethod
    def category(cls) -> dict[str, Any]:
        """The COCO category record of this set's persons."""
        return {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(cls.class_names)}


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
