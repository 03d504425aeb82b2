"""Street scenes drawn by a program, nine classes: the data set of the suite that needs no download.

In place of Cityscapes: the same kind of scene, classes of very different size, labels that colour alone does
not give. What it cannot show is how a number carries over to photographs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench.data.base import CreateArray, DataSet, members, short_hash
from bench.data.drawing.street import CLASS_NAMES, street
from supertickets.tasks.data import LabelledImages

GENERATOR_VERSION = 1
"""Rises whenever a scene changes."""

SEEDS = {"train": 6101, "val": 6102}


@dataclass(frozen=True)
class EmbeddedStreets(DataSet):
    """Scene i of a split depends on nothing but the split's seed and i.

    Attributes:
        train_count, val_count: scenes per split.
        size: `(H, W)` at which scenes are drawn, pixels.
    """

    name = "embedded_streets"
    task = "segmentation"
    role = "Cityscapes"
    class_names = CLASS_NAMES
    needs_root = False
    native_size = (64, 128)
    decoder_version = "1"

    train_count: int = 320
    val_count: int = 128
    size: tuple[int, int] = (64, 128)

    def check(self, root: Path | None) -> None:
        """Nothing can be missing."""

    def data_id(self, root: Path | None) -> str:
        return _data_id(self)

    def scene(self, split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 picture `(H, W, 3)` and labels `(H, W)` of scene `index` of "train" or "val"."""
        return street(np.random.default_rng([SEEDS[split], index]), self.size)

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        drawn, count = ("val", self.val_count) if split == "val" else ("train", self.train_count)
        indices = members(list(range(count)), split)
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

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> LabelledImages:
        return LabelledImages(torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]), self.class_names)


@lru_cache
def _data_id(data: EmbeddedStreets) -> str:
    """Hash of version and parameters, and of one drawn scene per split: another Pillow or numpy may draw otherwise."""
    chunks = [json.dumps([GENERATOR_VERSION, SEEDS, asdict(data)], sort_keys=True).encode()]
    for split in SEEDS:
        chunks += [array.tobytes() for array in data.scene(split, 0)]
    return short_hash(*chunks)


DATA_SET = EmbeddedStreets()
