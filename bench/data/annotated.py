"""What all detection sets share: pictures of any size with their objects become `AnnotatedImages` of one size."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from pycocotools import mask as run_lengths

from bench.data.base import DataSet
from supertickets.data.cache import CreateArray
from supertickets.tasks.annotated import AnnotatedImages

PIXEL_CENTRE = 0.5
"""From a pixel's index, which names its centre in COCO's joints, to its place measured from the picture's edge."""


@dataclass(frozen=True)
class Annotation:
    """One object, in pixels of its picture measured from the picture's edge.

    Attributes:
        box: left, top, right, bottom; of positive area, and within the picture.
        label: class from 1.
        area: of its outline, or of its box, square pixels.
        ignored: a crowd region, or difficult.
        mask: makes its bool `(H, W)`; None in a set without masks.
        joints: `(J, 3)`, x, y, and 0, 1 or 2; None in a set without joints.
    """

    box: tuple[float, float, float, float]
    label: int
    area: float
    ignored: bool = False
    mask: Callable[[], np.ndarray] | None = None
    joints: np.ndarray | None = None


@dataclass(frozen=True)
class AnnotatedPicture:
    """One picture.

    Attributes:
        image_id: different for each one of a split.
        size: `(H, W)` in pixels.
        read: decodes its RGB image, of that size.
        objects: what is in it.
    """

    image_id: int
    size: tuple[int, int]
    read: Callable[[], Image.Image]
    objects: Sequence[Annotation]


class AnnotatedDataSet(DataSet):
    """A data set of pictures with any number of objects each.

    A picture keeps its proportions: it is scaled until it fits the network input, and lies in its upper left corner.
    Masks are scaled with it, so they are trained on and scored at that resolution; boxes and joints keep fractions.

    Attributes:
        with_masks: whether every object has one.
        joint_names, flip_pairs, sigmas: as in `AnnotatedImages`; empty in a set without joints.
    """

    task = "detection"
    decoder_version = "1"
    with_masks: ClassVar[bool]
    joint_names: ClassVar[tuple[str, ...]] = ()
    flip_pairs: ClassVar[tuple[tuple[int, int], ...]] = ()
    sigmas: ClassVar[tuple[float, ...]] = ()

    @abstractmethod
    def _pictures(self, root: Path | None, split: str) -> Sequence[AnnotatedPicture]:
        """The pictures of a split, in an order of their own."""

    def _names(self, root: Path | None) -> tuple[str, ...]:
        """Names of the classes; a set that learns them from its files asks those."""
        return self.class_names

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        pictures = self._pictures(root, split)
        many, objects = len(pictures), sum(len(picture.objects) for picture in pictures)
        images = create("images", (many, 3, *image_size), np.uint8)
        sizes = create("sizes", (many, 2), np.int64)
        boxes = create("boxes", (objects, 4), np.float32)
        areas = create("areas", (objects,), np.float32)
        masks = create("masks", (objects, *image_size), np.uint8) if self.with_masks else None
        joints = create("joints", (objects, len(self.joint_names), 3), np.float32) if self.joint_names else None
        create("image_ids", (many,), np.int64)[:] = [picture.image_id for picture in pictures]
        create("counts", (many,), np.int64)[:] = [len(picture.objects) for picture in pictures]
        every = [one for picture in pictures for one in picture.objects]
        create("labels", (objects,), np.int64)[:] = [one.label for one in every]
        create("ignored", (objects,), np.bool_)[:] = [one.ignored for one in every]
        row = 0
        for number, picture in enumerate(pictures):
            size = fitting(picture.size, image_size)
            sizes[number] = size
            images[number, :, : size[0], : size[1]] = _resized(picture.read(), size).transpose(2, 0, 1)
            # rounding to whole pixels may scale the axes a little differently
            scale = np.array([size[1] / picture.size[1], size[0] / picture.size[0]])
            for one in picture.objects:
                boxes[row] = np.minimum(np.array(one.box) * np.tile(scale, 2), np.tile(size[::-1], 2))
                areas[row] = one.area * scale.prod()
                if masks is not None and one.mask is not None:
                    shape = _resized(Image.fromarray(one.mask().astype(np.uint8) * 255), size)
                    masks[row, : size[0], : size[1]] = shape >= 128
                if joints is not None and one.joints is not None:
                    labelled = one.joints[:, 2:] > 0
                    joints[row] = np.where(labelled, one.joints * [*scale, 1], 0)
                row += 1
        return list(self._names(root))

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> AnnotatedImages:
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return AnnotatedImages(
            **tensors,
            class_names=tuple(extra),
            joint_names=self.joint_names,
            flip_pairs=self.flip_pairs,
            sigmas=self.sigmas,
        )


def decoder(mask: dict[str, Any]) -> Callable[[], np.ndarray]:
    """What makes the bool `(H, W)` mask of compressed run lengths, which take little memory until then."""
    return lambda: np.asarray(run_lengths.decode(mask), dtype=bool)


def fitting(size: tuple[int, int], limits: tuple[int, int]) -> tuple[int, int]:
    """The largest `(H, W)` within `limits` that has the proportions of `size`, in whole pixels."""
    height, width = size
    if height * limits[1] >= width * limits[0]:
        return limits[0], max(1, round(width * limits[0] / height))
    return max(1, round(height * limits[1] / width)), limits[1]


def _resized(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    if picture.size == size[::-1]:
        return np.asarray(picture)
    # Pillow widens its filter when it shrinks, so this is antialiased.
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR))
