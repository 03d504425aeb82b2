"""Street scenes drawn by a program, nine classes: a segmentation set of the suite that needs no download.

In place of Cityscapes: the same kind of scene, classes of very different size, labels that colour alone does
not give. What it cannot show is how a number carries over to photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bench.data.drawing.street import CLASS_NAMES, street
from bench.data.drawn import DrawnScenes


@dataclass(frozen=True)
class EmbeddedStreets(DrawnScenes):
    """Streets seen from a car."""

    name = "embedded_streets"
    role = "Cityscapes"
    class_names = CLASS_NAMES
    native_size = (64, 128)
    generator_version = 1
    seeds: ClassVar[dict[str, int]] = {"train": 6101, "val": 6102}

    train_count: int = 320
    val_count: int = 128
    size: tuple[int, int] = (64, 128)

    def scene(self, split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 picture `(H, W, 3)` and labels `(H, W)` of scene `index` of "train" or "val"."""
        return street(np.random.default_rng([self.seeds[split], index]), self.size)


DATA_SET = EmbeddedStreets()
