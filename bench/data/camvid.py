"""CamVid, 11 classes at 360x480: driving scenes of five video sequences, in place of Cityscapes.

The split is SegNet's: 367 train and 233 test images. `val`, the reported split of this suite, is the official
*test* split, as in the literature. The official validation split (101 images) is not used at all: it is one
block of one sequence with another class mix, so it neither trains nor selects anything here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench.data.base import EVALUATION_SPLITS, TUNE_EVERY, CreateArray, DataError, DataSet
from bench.data.files import decode, files_id, folder_of, open_image
from supertickets.tasks.data import IGNORE_LABEL, LabelledImages

LAYOUT = "<root>/camvid/{train,test}/{images/*.jpg,labels/*.png}"
VOID = 11
"""Id of unlabelled pixels in the files."""


@dataclass(frozen=True)
class CamVid(DataSet):
    """CamVid as stored in `<root>/camvid`; the counts are fields so that a test can build a small tree.

    Attributes:
        train_count: images that the official train split must have.
        test_count: images that the official test split must have.
    """

    name = "camvid"
    task = "segmentation"
    role = "Cityscapes"
    class_names = (
        "sky", "building", "pole", "road", "pavement", "tree", "sign_symbol", "fence", "car", "pedestrian", "bicyclist",
    )  # fmt: skip
    needs_root = True
    native_size = (360, 480)
    decoder_version = "1"

    train_count: int = 367
    test_count: int = 233

    def check(self, root: Path | None) -> None:
        for split in ("train", "val"):
            for image_path, label_path in self._pairs(root, split):
                self._open(image_path)
                self._labels(label_path)

    def data_id(self, root: Path | None) -> str:
        pairs = self._pairs(root, "train") + self._pairs(root, "val")
        folder = folder_of(root, self.name, LAYOUT)
        return files_id(folder, [image for image, _ in pairs], [label for _, label in pairs])

    def _pairs(self, root: Path | None, split: str) -> list[tuple[Path, Path]]:
        """Image and label paths of a split, sorted by file name, which is sequence and frame number."""
        official, count = ("test", self.test_count) if split == "val" else ("train", self.train_count)
        folder = folder_of(root, self.name, LAYOUT) / official
        images = {path.stem: path for path in folder.glob("images/*.jpg")}
        labels = {path.stem: path for path in folder.glob("labels/*.png")}
        if unmatched := sorted(images.keys() ^ labels.keys()):
            missing = "label" if unmatched[0] in images else "image"
            raise DataError(f"{folder}: {unmatched[0]} has no {missing} ({len(unmatched)} such names): copy it again")
        if len(images) != count:
            raise DataError(f"{folder} has {len(images)} images, {count} expected; layout: {LAYOUT}, see docs/data.md")
        stems = sorted(images)
        if split in ("tune", "train_minus_tune"):
            held_out = _last_frames_of_each_sequence(stems)
            stems = [stem for stem in stems if (stem in held_out) == (split == "tune")]
        return [(images[stem], labels[stem]) for stem in stems]

    def _open(self, path: Path) -> Image.Image:
        image = open_image(path)
        if (image.height, image.width) != self.native_size:
            found = f"{image.height}x{image.width}"
            raise DataError(
                f"{path} is {found}, not 360x480 (height x width): this is not the SegNet version of CamVid"
            )
        return image

    def _labels(self, path: Path) -> np.ndarray:
        """uint8 `(360, 480)`, class index or 255."""
        opened = self._open(path)
        if opened.mode not in ("L", "P"):
            raise DataError(f"{path} has mode {opened.mode}, not one class index per pixel: see docs/data.md")
        # `P` keeps palette indices, which are the classes; converting it to `L` would give the palette's grey values.
        labels = np.array(decode(opened, path, opened.mode))
        if labels.max() > VOID:
            raise DataError(f"{path} has label id {labels.max()}; ids are 0..10 and {VOID} = void: see docs/data.md")
        labels[labels == VOID] = IGNORE_LABEL
        return labels

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        pairs = self._pairs(root, split)
        height, width = image_size
        # A scored split keeps the labels of the camera; only labels to train on shrink with the images.
        label_size = self.native_size if split in EVALUATION_SPLITS else image_size
        images = create("images", (len(pairs), 3, height, width), np.uint8)
        labels = create("labels", (len(pairs), *label_size), np.uint8)
        for index, (image_path, label_path) in enumerate(pairs):
            image = decode(self._open(image_path), image_path, "RGB")
            # Pillow widens its filter when it shrinks, so this is antialiased.
            resized = image.resize((width, height), Image.Resampling.BILINEAR)
            images[index] = np.asarray(resized).transpose(2, 0, 1)
            label = Image.fromarray(self._labels(label_path))
            labels[index] = np.asarray(label.resize(label_size[::-1], Image.Resampling.NEAREST))
        return None

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> LabelledImages:
        return LabelledImages(torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]), self.class_names)


def _last_frames_of_each_sequence(stems: list[str]) -> set[str]:
    """The last eighth of every sequence: neighbouring frames are near-duplicates, so whole blocks are held out.

    A block at the end has one neighbour in the rest, a block in the middle would have two.
    """
    held_out: set[str] = set()
    for _, frames in groupby(stems, key=lambda stem: stem.split("_")[0]):
        block = list(frames)
        held_out.update(block[len(block) - max(1, len(block) // TUNE_EVERY) :])
    return held_out


DATA_SET = CamVid()
