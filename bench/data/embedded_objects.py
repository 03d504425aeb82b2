"""Things drawn by a program, twelve classes: the classification set of the suite that needs no download.

In place of ImageNet: one thing per picture, of any colour, size, side and tilt, in front of clutter. What it
cannot show is how a number carries over to photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from bench.data.classified import ClassifiedDataSet
from bench.data.drawing.object_picture import CLASS_NAMES, object_picture
from bench.data.drawn import DrawnDataSet
from supertickets.data.classified import Pictures

ROUND = 1
"""Sets the random numbers that order a round apart from those that draw a picture."""


@dataclass(frozen=True)
class EmbeddedObjects(DrawnDataSet, ClassifiedDataSet):
    """Each round of as many pictures as there are classes shows every class once, in an order of its own."""

    name = "embedded_objects"
    role = "ImageNet"
    class_names = CLASS_NAMES
    native_size = (48, 48)
    generator_version = 1
    seeds: ClassVar[dict[str, int]] = {"train": 8301, "val": 8302}

    train_count: int = 768
    val_count: int = 252
    size: tuple[int, int] = (48, 48)

    def scene(self, split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 picture `(H, W, 3)` number `index` of "train" or "val", and its class, int64 `()`."""
        label = self._label(split, index)
        rng = np.random.default_rng([self.seeds[split], index])
        return object_picture(rng, self.class_names[label], self.size), np.asarray(label)

    def _label(self, split: str, index: int) -> int:
        # Orders differ, or every eighth picture, which `tune` takes, would always be of the same few classes.
        number, place = divmod(index, self.classes)
        return int(np.random.default_rng([self.seeds[split], number, ROUND]).permutation(self.classes)[place])

    def _pictures(self, root: Path | None, split: str) -> Pictures:
        drawn, indices = self._drawn(split)
        labels = [self._label(drawn, index) for index in indices]
        return Pictures(labels, lambda row: Image.fromarray(self.scene(drawn, indices[row])[0]), self.class_names)


DATA_SET = EmbeddedObjects()
