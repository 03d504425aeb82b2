"""Detection sets that a program draws: scenes of things, each with its mask, and people with their joints."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from bench.data.annotated import PIXEL_CENTRE, AnnotatedDataSet, AnnotatedPicture, Annotation
from bench.data.drawing.scene import DrawnThing, scene
from bench.data.drawn import DrawnDataSet


@dataclass(frozen=True)
class DrawnThings(DrawnDataSet, AnnotatedDataSet):
    """Scenes of 128x128 pixels.

    Attributes:
        drawn_names: classes of all things in the pictures, whether they are to be found or not.
    """

    native_size = (128, 128)
    generator_version = 1
    drawn_names: ClassVar[tuple[str, ...]]

    train_count: int = 800
    val_count: int = 200
    size: tuple[int, int] = (128, 128)

    def things(self, split: str, index: int) -> tuple[np.ndarray, list[DrawnThing]]:
        """uint8 picture `(H, W, 3)` number `index` of "train" or "val", and everything in it."""
        return scene(np.random.default_rng([self.seeds[split], index]), self.size, self.drawn_names)

    def scene(self, split: str, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A picture, and everything that is annotated in it as one float64 vector."""
        picture = self._picture(split, index)
        parts = [np.zeros(1)]
        for one in picture.objects:
            parts.append(np.array([*one.box, one.label, one.area, one.ignored]))
            parts += [part.ravel() for part in (one.mask and one.mask(), one.joints) if part is not None]
        return np.asarray(picture.read()), np.concatenate(parts)

    @abstractmethod
    def _annotation(self, thing: DrawnThing) -> Annotation | None:
        """What this set says about a thing; None where it says nothing."""

    def _pictures(self, root: Path | None, split: str) -> Sequence[AnnotatedPicture]:
        drawn, indices = self._drawn(split)
        return [self._picture(drawn, index) for index in indices]

    def _picture(self, drawn: str, index: int) -> AnnotatedPicture:
        picture, things = self.things(drawn, index)
        objects = [found for thing in things if (found := self._annotation(thing)) is not None]
        return AnnotatedPicture(index, self.size, lambda: Image.fromarray(picture), objects)


def annotation(thing: DrawnThing, label: int, *, ignored: bool) -> Annotation:
    """A thing with its box tight around what is seen of it, its mask and its joints."""
    rows, columns = np.flatnonzero(thing.mask.any(axis=1)), np.flatnonzero(thing.mask.any(axis=0))
    return Annotation(
        box=(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)),
        label=label,
        area=float(thing.mask.sum()),
        ignored=ignored,
        mask=lambda: thing.mask,
        joints=thing.joints + np.array([PIXEL_CENTRE, PIXEL_CENTRE, 0]),
    )
