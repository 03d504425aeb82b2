"""Rooms drawn by a program, fifteen classes: a segmentation set of the suite that needs no download.

In place of ADE20K: indoor scenes, more classes than streets have and of more uneven size, furniture that shares
its colours with the walls. What it cannot show is how a number carries over to photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bench.data.drawing.room import room
from bench.data.drawing.room_classes import CLASS_NAMES
from bench.data.drawn import DrawnScenes


@dataclass(frozen=True)
class EmbeddedInteriors(DrawnScenes):
    """Bedrooms, living rooms, dining rooms seen from one end."""

    name = "embedded_interiors"
    role = "ADE20K"
    class_names = CLASS_NAMES
    native_size = (64, 96)
    generator_version = 1
    seeds: ClassVar[dict[str, int]] = {"train": 9401, "val": 9402}

    train_count: int = 320
    val_count: int = 128
    size: tuple[int, int] = (64, 96)

    def scene(self, split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 picture `(H, W, 3)` and labels `(H, W)` of scene `index` of "train" or "val"."""
        return room(np.random.default_rng([self.seeds[split], index]), self.size)


DATA_SET = EmbeddedInteriors()
