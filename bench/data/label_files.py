"""Segmentation sets that are downloaded: images and label maps of the same names, in one folder per official split."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image, ImageFile

from bench.data.base import EVALUATION_SPLITS
from bench.data.folders import folder_of
from bench.data.segmented import SegmentedDataSet
from supertickets.data.cache import CreateArray
from supertickets.data.errors import DataError
from supertickets.data.files import files_id, listed
from supertickets.data.labelled import class_indices, decode_labelled
from supertickets.data.pictures import decode_ids, decode_rgb, open_picture, require_upright


@dataclass(frozen=True)
class LabelFiles(SegmentedDataSet):
    """Shared by the sets stored as `<root>/<name>/{train,test}/{images/*.jpg,labels/*.png}`.

    `val`, the reported split of this suite, is the official test split. Images are resized to the network input,
    each axis by itself. So are labels to train on; scored splits have theirs at `native_size`, always.

    Attributes:
        file_ids: for each class, the id that stands for it in the label files.
        ignored_ids: ids of pixels that count nowhere.
        train_count, test_count: images that the official splits must have; fields so that a test can build a small
            tree.
    """

    needs_root = True
    file_ids: ClassVar[tuple[int, ...]]
    ignored_ids: ClassVar[tuple[int, ...]]

    train_count: int
    test_count: int

    @property
    def layout(self) -> str:
        """The files that are needed, for messages."""
        return f"<root>/{self.name}/{{train,test}}/{{images/*.jpg,labels/*.png}}"

    def check(self, root: Path | None) -> None:
        for split in ("train", "val"):
            for image_path, label_path in self.pairs(root, split):
                image, labels = self.picture(image_path), self.labels(label_path)
                if labels.shape != (image.height, image.width):
                    found, expected = f"{labels.shape[0]}x{labels.shape[1]}", f"{image.height}x{image.width}"
                    raise DataError(
                        f"{label_path} is {found}, not {expected} (height x width) as its image: see docs/data.md"
                    )

    def data_id(self, root: Path | None) -> str:
        pairs = self.pairs(root, "train") + self.pairs(root, "val")
        folder = folder_of(root, self.name, self.layout)
        return files_id(folder, [image for image, _ in pairs], [label for _, label in pairs])

    @abstractmethod
    def _members(self, stems: list[str], split: str) -> list[str]:
        """The file names of the official train split, in the order of names, that belong to a split carved from it."""

    def _open(self, path: Path) -> ImageFile.ImageFile:
        """An image or label file; a set that knows its size checks it here."""
        return open_picture(path)

    def picture(self, path: Path) -> ImageFile.ImageFile:
        """An image, parsed."""
        return require_upright(self._open(path), path)

    def pairs(self, root: Path | None, split: str) -> list[tuple[Path, Path]]:
        """Image and label paths of a split, sorted by file name."""
        official, count = ("test", self.test_count) if split == "val" else ("train", self.train_count)
        folder = folder_of(root, self.name, self.layout) / official
        images = {path.stem: path for path in listed(folder / "images", ".jpg")}
        labels = {path.stem: path for path in listed(folder / "labels", ".png")}
        if unmatched := sorted(images.keys() ^ labels.keys()):
            missing = "label" if unmatched[0] in images else "image"
            raise DataError(f"{folder}: {unmatched[0]} has no {missing} ({len(unmatched)} such names): copy it again")
        if len(images) != count:
            raise DataError(
                f"{folder} has {len(images)} images, {count} expected; layout: {self.layout}, see docs/data.md"
            )
        return [(images[stem], labels[stem]) for stem in self._members(sorted(images), split)]

    def labels(self, path: Path) -> np.ndarray:
        """uint8 `(H, W)`, class index or 255."""
        ids = decode_ids(self._open(path), path)
        try:
            return class_indices(ids, self.file_ids, self.ignored_ids)
        except ValueError as error:
            raise DataError(f"{path} {error}: see docs/data.md") from error

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        pairs = self.pairs(root, split)
        label_size = self.native_size if split in EVALUATION_SPLITS else image_size

        def read(pair: tuple[Path, Path]) -> tuple[Image.Image, np.ndarray]:
            return decode_rgb(self.picture(pair[0]), pair[0]), self.labels(pair[1])

        decode_labelled(pairs, read, image_size, label_size, create)
        return None
