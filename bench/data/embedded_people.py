"""People drawn by a program, 17 joints: the keypoint data set of the suite that needs no download.

In place of COCO keypoints, with its joints, flip pairs and file layout, so that AP, AP^M, AP^L and AR
are computed by the same code. What it cannot show is how a number carries over to photographs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.data.drawing.body import JOINTS
from bench.data.drawing.people import DrawnPerson, people
from bench.data.keypoints import KeypointDataSet
from supertickets.data.files import short_hash
from supertickets.data.persons import Annotations, ReadImage
from supertickets.data.splits import members

GENERATOR_VERSION = 2
"""Rises whenever a picture or an annotation changes."""

SEEDS = {"train": 7201, "val": 7202}

AREA_OF_BOX = 0.53
"""COCO's areas are those of outlines; 0.53 of the box is what xtcocotools assumes where there are none."""


TOLERANCE = 2.0
"""COCO's OKS constants times this: in a 64x48 crop a heatmap pixel is a sixteenth of a person's height, and at COCO's
own constants AP measures that grid rather than the net."""

SIGMAS = tuple(
    TOLERANCE * sigma
    for sigma in (
        0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087,
        0.089, 0.089,
    )
)  # fmt: skip


@dataclass(frozen=True)
class EmbeddedPeople(KeypointDataSet):
    """Picture i of a split depends on nothing but the split's seed and i.

    Attributes:
        train_count, val_count: pictures per split; each has one to three people.
        size: `(H, W)` of a picture, pixels.
    """

    name = "embedded_people"
    role = "COCO keypoints"
    class_names = JOINTS
    needs_root = False
    native_size = (64, 48)
    flip_pairs = ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16))
    sigmas = SIGMAS

    train_count: int = 720
    val_count: int = 220
    size: tuple[int, int] = (224, 224)

    def check(self, root: Path | None) -> None:
        """Nothing can be missing."""

    def data_id(self, root: Path | None) -> str:
        return _data_id(self)

    def scene(self, split: str, index: int) -> tuple[np.ndarray, list[DrawnPerson]]:
        """uint8 picture `(H, W, 3)` number `index` of "train" or "val", and the people in it."""
        return people(np.random.default_rng([SEEDS[split], index]), self.size)

    def _source(self, root: Path | None, split: str) -> tuple[Annotations, ReadImage]:
        drawn, count = ("val", self.val_count) if split == "val" else ("train", self.train_count)
        height, width = self.size
        images, annotations, pictures = [], [], {}
        for index in members(list(range(count)), split):
            pictures[index], persons = self.scene(drawn, index)
            images.append({"id": index, "file_name": f"{drawn}_{index:04d}.png", "width": width, "height": height})
            # Ids follow from the picture, so a person has the same id in `train` and in `tune`; COCO ids start at 1.
            annotations += [_annotation(person, 10 * index + 1 + row, index) for row, person in enumerate(persons)]
        source = {"images": images, "annotations": annotations, "categories": [self.category()]}
        return source, lambda record: Image.fromarray(pictures[record["id"]])


def _annotation(person: DrawnPerson, annotation_id: int, image_id: int) -> dict[str, Any]:
    """The COCO record of a drawn person."""
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": list(person.box),
        "area": AREA_OF_BOX * person.box[2] * person.box[3],
        "segmentation": [],
        "num_keypoints": int((person.keypoints[:, 2] > 0).sum()),
        "keypoints": [value for x, y, v in person.keypoints.tolist() for value in (round(x, 2), round(y, 2), int(v))],
    }


@lru_cache
def _data_id(data: EmbeddedPeople) -> str:
    """Hash of version and parameters, and one drawn picture per split: other versions of Pillow may draw otherwise."""
    chunks = [json.dumps([GENERATOR_VERSION, SEEDS, AREA_OF_BOX, asdict(data)], sort_keys=True).encode()]
    for split in SEEDS:
        picture, persons = data.scene(split, 0)
        chunks += [picture.tobytes(), *(person.keypoints.tobytes() for person in persons)]
    return short_hash(*chunks)


DATA_SET = EmbeddedPeople()
