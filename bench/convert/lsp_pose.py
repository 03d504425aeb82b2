"""Leeds Sports Pose and the fully labelled part of its extension, into COCO's keypoint layout."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ImageFile

from bench.convert import Conversion, Sources
from bench.data import DataError, data_set
from bench.data.matlab import matlab
from supertickets.data.files import content
from supertickets.data.pictures import decode_rgb, open_picture, require_upright

TRAIN_COUNT = 1000
"""LSP's first 1000 photographs are its official training split, the others its test split."""

LIKE_A_TEST_IMAGE = (175, 285, 371, 483, 492, 535, 550, 670)
"""LSP photographs to train on that are nearly identical to one of the test split."""

EXTENSION_IDS = 100_000
"""Ids of LSP-extended begin here."""

SMALLEST_EXTENT = 50
"""In pixels, the longer side; smaller persons of LSP-extended are left out."""

BOX_MARGIN, CROP_SIDE, AREA_OF_BOX = 0.1, 1.5, 0.53
"""In longer sides of the joints' extent, twice, and xtcocotools' area of a person without an outline."""


@dataclass(frozen=True)
class Photograph:
    """One file with its person: joints `(14, 2)` in pixels, flags `(14,)` as the archive has them."""

    number: int
    path: Path
    image: ImageFile.ImageFile
    joints: np.ndarray
    flags: np.ndarray

    @property
    def extent(self) -> float:
        """Longer side of what the joints span."""
        return float(np.ptp(self.joints, axis=0).max())


def write(sources: Sources, folder: Path) -> None:
    """Images and one annotation file for each split."""
    (folder / "images").mkdir()
    (folder / "annotations").mkdir()
    splits: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {"train": [], "val": []}
    for photograph in _photographs(sources["lsp"], "im{:04d}.jpg"):
        if photograph.number not in LIKE_A_TEST_IMAGE:
            split = "train" if photograph.number <= TRAIN_COUNT else "val"
            splits[split].append(_original(photograph, folder / "images"))
    for photograph in _photographs(sources["extended"], "im{:05d}.jpg"):
        if _usable(photograph):
            splits["train"].append(_cropped(photograph, folder / "images"))
    described = data_set(CONVERSION.name)
    category = {"id": 1, "name": "person", "keypoints": list(described.class_names)}
    for split, pairs in splits.items():
        images, persons = [image for image, _ in pairs], [person for _, person in pairs]
        content = {"images": images, "annotations": persons, "categories": [category]}
        (folder / "annotations" / f"person_keypoints_{split}.json").write_text(json.dumps(content))


def _photographs(archive: Path, name: str) -> Iterator[Photograph]:
    (joints,) = matlab(archive / "joints.mat", "joints")
    if joints.dtype.kind not in "fiu" or joints.ndim != 3 or sorted(joints.shape)[:2] != [3, 14]:
        raise DataError(
            f"{archive / 'joints.mat'} has type {joints.dtype} and shape {joints.shape}, not numbers for "
            "14 joints x 3 x photographs: is it the file that docs/data.md names?"
        )
    # LSP has 3 x 14 x photographs, its extension 14 x 3 x photographs
    by_photograph = joints.transpose(2, *sorted((0, 1), key=lambda axis: -joints.shape[axis]))
    for number, values in enumerate(by_photograph, start=1):
        path = archive / "images" / name.format(number)
        yield Photograph(
            number, path, require_upright(open_picture(path), path), values[:, :2].astype(float), values[:, 2]
        )


def _usable(photograph: Photograph) -> bool:
    """Whether a photograph of LSP-extended has all joints labelled and inside, on a person large enough."""
    inside = (photograph.joints >= 0) & (photograph.joints <= photograph.image.size)
    return bool((photograph.flags == 1).all() and inside.all() and photograph.extent >= SMALLEST_EXTENT)


def _original(photograph: Photograph, images: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The file as it is; flag 1 means that a joint is hidden."""
    name = f"lsp_{photograph.path.name}"
    (images / name).write_bytes(content(photograph.path))
    visibility = np.where(photograph.flags == 1, 1, 2)
    return _records(photograph.number, name, photograph.image.size, photograph.joints, visibility)


def _cropped(photograph: Photograph, images: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A square around the person, clipped at the border; other people in the photograph have no labels."""
    name = f"lspet_{photograph.path.name}"
    middle = (photograph.joints.min(0) + photograph.joints.max(0)) / 2
    half = CROP_SIDE / 2 * photograph.extent
    left, top = (max(0, math.floor(low)) for low in middle - half)
    corner = (math.ceil(high) for high in middle + half)
    right, bottom = (min(side, high) for side, high in zip(photograph.image.size, corner, strict=True))
    decoded = decode_rgb(photograph.image, photograph.path)
    decoded.crop((left, top, right, bottom)).save(images / name, quality=80)
    joints = photograph.joints - (left, top)
    image, person = _records(
        EXTENSION_IDS + photograph.number, name, (right - left, bottom - top), joints, np.full(len(joints), 2)
    )
    return {**image, "crop_xy": [left, top]}, person


def _records(
    number: int, name: str, size: tuple[int, int], joints: np.ndarray, visibility: np.ndarray
) -> tuple[dict[str, Any], dict[str, Any]]:
    margin = BOX_MARGIN * float(np.ptp(joints, axis=0).max())
    left, top = np.maximum(joints.min(0) - margin, 0)
    right, bottom = np.minimum(joints.max(0) + margin, size)
    flat = [[round(float(x), 2), round(float(y), 2), int(v)] for (x, y), v in zip(joints, visibility, strict=True)]
    person = {
        "id": number,
        "image_id": number,
        "category_id": 1,
        "iscrowd": 0,
        "num_keypoints": len(joints),
        "keypoints": [value for joint in flat for value in joint],
        "bbox": [round(float(value), 2) for value in (left, top, right - left, bottom - top)],
        "area": round(AREA_OF_BOX * float((right - left) * (bottom - top)), 2),
    }
    return {"id": number, "file_name": name, "width": size[0], "height": size[1]}, person


CONVERSION = Conversion(
    "lsp_pose",
    {
        "lsp": "folder of LSP, with joints.mat and images/im0001.jpg",
        "extended": "folder of LSP-extended, with joints.mat and images/im00001.jpg",
    },
    write,
)
