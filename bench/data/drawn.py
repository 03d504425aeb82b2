"""Data sets that a program draws: nothing to download, nothing that can be missing."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from bench.data.base import DataSet
from bench.data.segmented import SegmentedDataSet
from supertickets.data.cache import CreateArray
from supertickets.data.files import short_hash
from supertickets.data.splits import members


@dataclass(frozen=True)
class DrawnDataSet(DataSet):
    """Sample i of a split depends on nothing but the split's seed and i.

    Attributes:
        generator_version: rises whenever a sample changes.
        seeds: one per drawn split, "train" and "val".
        train_count, val_count: samples per split.
        size: `(H, W)` at which they are drawn, pixels.
    """

    needs_root = False
    generator_version: ClassVar[int]
    seeds: ClassVar[dict[str, int]]

    train_count: int
    val_count: int
    size: tuple[int, int]

    @abstractmethod
    def scene(self, split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 picture `(H, W, 3)` number `index` of "train" or "val", and what is to be learned about it."""

    def check(self, root: Path | None) -> None:
        """Nothing can be missing."""

    def data_id(self, root: Path | None) -> str:
        return _data_id(self)

    def _drawn(self, split: str) -> tuple[str, list[int]]:
        """The drawn split that a split is part of, and its scenes there."""
        drawn, count = ("val", self.val_count) if split == "val" else ("train", self.train_count)
        return drawn, members(list(range(count)), split)


@dataclass(frozen=True)
class DrawnScenes(DrawnDataSet, SegmentedDataSet):
    """Drawn segmentation sets: a scene is a picture and uint8 labels `(H, W)`; other sizes are resampled from it."""

    decoder_version = "1"

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        drawn, indices = self._drawn(split)
        height, width = image_size
        images = create("images", (len(indices), 3, height, width), np.uint8)
        labels = create("labels", (len(indices), height, width), np.uint8)
        for row, index in enumerate(indices):
            picture, classes = self.scene(drawn, index)
            if image_size != self.size:
                image, label = Image.fromarray(picture), Image.fromarray(classes)
                picture = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
                classes = np.asarray(label.resize((width, height), Image.Resampling.NEAREST))
            images[row], labels[row] = picture.transpose(2, 0, 1), classes
        return None


@lru_cache
def _data_id(data: DrawnDataSet) -> str:
    """Hash of version and parameters, and of one drawn sample per split: another Pillow or numpy may draw otherwise."""
    chunks = [json.dumps([data.generator_version, data.seeds, asdict(data)], sort_keys=True).encode()]
    for split in data.seeds:
        chunks += [array.tobytes() for array in data.scene(split, 0)]
    return short_hash(*chunks)
