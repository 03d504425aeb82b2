"""Segmentation sets as they are published: a picture and a map of label ids, whose path follows from the picture's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from bench.data.packed import Rows
from bench.data.streamed import CountedDataSet, StreamedSamples, Survey, listed_rows, tensor_of
from supertickets.augmentations import drawn_from, segmentation
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY
from supertickets.data.labelled import class_indices
from supertickets.data.pictures import decode_ids, decode_labelled_rgb, open_picture
from supertickets.loading import Tensors, stacked
from supertickets.tasks.base import Augmentation
from supertickets.tasks.data import LabelledImages

COARSEST = 32
"""Sides of a resized picture that is scored are multiples of it: pixels per cell of the supernet's coarsest maps."""


@dataclass(frozen=True)
class PixelLabels(CountedDataSet):
    """Shared by such sets.

    Attributes:
        file_ids: for each class, the id that stands for it in the label files.
        ignored_ids: ids of pixels that count nowhere.
        short_side: pixels of the shorter side that pictures are brought to, to be trained on and scored; None: as they
            are. Scored labels keep their size.
    """

    task = "segmentation"
    file_ids: ClassVar[tuple[int, ...]]
    ignored_ids: ClassVar[tuple[int, ...]]
    short_side: int | None

    @abstractmethod
    def label_name(self, name: str) -> str:
        """Path of a picture's label map, both below the set's folder."""

    @abstractmethod
    def files(self, folder: Path, split: str, problems: list[str]) -> tuple[dict[str, int], dict[str, int]]:
        """Bytes by path below the folder, of the pictures and of the label maps of "train" or "val"."""

    def survey(self, folder: Path) -> Survey:
        found = Survey()
        for split in ("train", "val"):
            pictures, maps = self.files(folder, split, found.problems)
            label_of = {name: self.label_name(name) for name in pictures}
            if maps and pictures:
                lacking = [label for label in label_of.values() if label not in maps]
                found.problems += [f"{folder / label} is missing, its picture is there: {REMEDY}" for label in lacking]
                alone = sorted(maps.keys() - set(label_of.values()))
                found.problems += [f"{folder / label} has no picture: {REMEDY}" for label in alone]
            names = sorted(name for name, label in label_of.items() if label in maps)
            found.rows[split] = listed_rows(
                names,
                picture_bytes=[pictures[name] for name in names],
                label_bytes=[maps[label_of[name]] for name in names],
            )
        return found

    def read(self, folder: Path, rows: Rows, row: int) -> tuple[Tensor, Tensor]:
        """uint8 `(3, h, w)` and `(h, w)`: a picture, and class indices or 255."""
        name = rows.names[row]
        path, label_path = folder / name, folder / self.label_name(name)
        ids = decode_ids(open_picture(label_path), label_path)
        try:
            labels = class_indices(ids, self.file_ids, self.ignored_ids)
        except ValueError as error:
            raise DataError(f"{label_path} {error}: see docs/data.md") from error
        picture = decode_labelled_rgb(open_picture(path), path, (labels.shape[1], labels.shape[0]), "as stored")
        if labels.shape != (picture.height, picture.width):
            found, expected = f"{labels.shape[0]}x{labels.shape[1]}", f"{picture.height}x{picture.width}"
            raise DataError(f"{label_path} is {found}, not {expected} (height x width) as its picture: {REMEDY}")
        return tensor_of(picture), torch.from_numpy(labels)

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> PixelLabelSamples:
        return PixelLabelSamples(data=self, folder=Path(), rows=Rows.of(arrays), image_size=(1, 1))


@dataclass(frozen=True, kw_only=True)
class PixelLabelSamples(StreamedSamples):
    """One split of such a set."""

    data: PixelLabels

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name per class index."""
        return self.data.class_names

    def shown(self, index: Sequence[int]) -> Tensors:
        return stacked(self._shown(row) for row in index)

    def _shown(self, row: int) -> Tensors:
        picture, labels = self.decoded(row)
        if self.data.short_side is not None:
            size = segmentation.scaled(picture, 1.0, self.data.short_side, COARSEST)
            picture, _ = segmentation.resized(picture, labels, size)
        return {"images": picture, "labels": labels}

    def varied(
        self, index: Sequence[int], seeds: Sequence[int], size: tuple[int, int], augmentation: Augmentation
    ) -> Tensors:
        found = []
        for row, seed in zip(index, seeds, strict=True):
            picture, labels = self.decoded(row)
            with drawn_from(seed):
                picture, labels = segmentation.varied(picture, labels, size, augmentation, self.data.short_side)
            found.append({"images": picture, "labels": labels})
        return stacked(found)

    def part(self, tensors: Tensors) -> LabelledImages:
        return LabelledImages(**tensors, class_names=self.class_names)
