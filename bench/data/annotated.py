"""What all detection sets share: pictures of any size with their objects become `AnnotatedImages` of one size."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from PIL import Image, ImageFile
from pycocotools import mask as run_lengths
from torch import Tensor

from bench.data.base import DataSet
from supertickets.data.cache import CreateArray
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY
from supertickets.data.pictures import decode_labelled_rgb, open_picture, turned_for_labels
from supertickets.tasks.annotated import AnnotatedImages

if TYPE_CHECKING:
    from supertickets.samples import Samples

PIXEL_CENTRE = 0.5
"""From a pixel's index, which names its centre in COCO's joints, to its place measured from the picture's edge."""


@dataclass(frozen=True)
class RunLengths:
    """A mask as run lengths, which take little memory until it is asked for.

    Attributes:
        size: `[H, W]`.
        counts: as pycocotools compresses them.
    """

    size: list[int]
    counts: bytes

    def __call__(self) -> np.ndarray:
        """The mask, bool `(H, W)`."""
        return np.asarray(run_lengths.decode({"size": self.size, "counts": self.counts}), dtype=bool)


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
        path: its file, of a set in a published layout.
    """

    image_id: int
    size: tuple[int, int]
    read: Callable[[], Image.Image]
    objects: Sequence[Annotation]
    path: Path | None = None


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
        masks = create("masks", (objects, *image_size), np.uint8) if self.with_masks else None
        sizes = create("sizes", (many, 2), np.int64)
        create("image_ids", (many,), np.int64)[:] = [picture.image_id for picture in pictures]
        create("counts", (many,), np.int64)[:] = [len(picture.objects) for picture in pictures]
        nothing = scaled(self.columns(()), (1, 1), (1, 1))
        arrays = {name: create(name, (objects, *one.shape[1:]), one.dtype) for name, one in nothing.items()}
        row = 0
        for number, picture in enumerate(pictures):
            size = fitting(picture.size, image_size)
            sizes[number] = size
            images[number, :, : size[0], : size[1]] = scaled_picture(picture.read(), size)
            rows = slice(row, row + len(picture.objects))
            for name, values in scaled(self.columns(picture.objects), picture.size, size).items():
                arrays[name][rows] = values
            for one in picture.objects:
                if masks is not None and one.mask is not None:
                    masks[row, : size[0], : size[1]] = scaled_mask(one.mask(), size)
                row += 1
        return list(self._names(root))

    def columns(self, objects: Sequence[Annotation]) -> dict[str, np.ndarray]:
        """Everything of n objects but masks as arrays with an entry each, in the order of `objects`."""
        found = {
            "boxes": np.array([one.box for one in objects], np.float64).reshape(-1, 4),
            "labels": np.array([one.label for one in objects], np.int64),
            "areas": np.array([one.area for one in objects], np.float64),
            "ignored": np.array([one.ignored for one in objects], np.bool_),
        }
        if joints := len(self.joint_names):
            places = [np.zeros((joints, 3)) if one.joints is None else one.joints for one in objects]
            found["joints"] = np.array(places, np.float64).reshape(-1, joints, 3)
        return found

    def annotated(self, tensors: Mapping[str, Tensor], class_names: Sequence[str]) -> AnnotatedImages:
        """Decoded tensors with the names and numbers of this set."""
        return AnnotatedImages(
            **tensors,
            class_names=tuple(class_names),
            joint_names=self.joint_names,
            flip_pairs=self.flip_pairs,
            sigmas=self.sigmas,
        )

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> Samples:
        return self.annotated({name: torch.from_numpy(array) for name, array in arrays.items()}, extra)


def open_annotated(path: Path, size: tuple[int, int]) -> ImageFile.ImageFile:
    """Parse the header of a picture of a published set, of which annotations say that it has `(H, W)` pixels.

    Raises:
        DataError: it is missing, damaged or of another size.
    """
    image, listed = open_picture(path), size[::-1]
    if not turned_for_labels(image, path, listed, "as stored") and image.size != listed:
        raise DataError(
            f"{path} is {image.width}x{image.height} (width x height), its annotation file says "
            f"{listed[0]}x{listed[1]}: {REMEDY}"
        )
    return image


def read_annotated(path: Path, size: tuple[int, int]) -> Image.Image:
    """Decode such a picture, RGB.

    Raises:
        DataError: as for `open_annotated`, or the pixels are damaged.
    """
    return decode_labelled_rgb(open_annotated(path, size), path, size[::-1], "as stored")


def scaled(columns: Mapping[str, np.ndarray], own: tuple[int, int], size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Objects of a picture of `own` pixels `(H, W)` in one of `size`, as `AnnotatedImages` has them."""
    # rounding to whole pixels may scale the axes a little differently
    scale = np.array([size[1] / own[1], size[0] / own[0]])
    found = {
        "boxes": np.minimum(columns["boxes"] * np.tile(scale, 2), np.tile(size[::-1], 2)).astype(np.float32),
        "labels": columns["labels"],
        "areas": (columns["areas"] * scale.prod()).astype(np.float32),
        "ignored": columns["ignored"],
    }
    if (joints := columns.get("joints")) is not None:
        found["joints"] = np.where(joints[..., 2:] > 0, joints * [*scale, 1], 0).astype(np.float32)
    return found


def scaled_picture(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """uint8 `(3, H, W)` of an RGB picture."""
    return _resized(picture, size).transpose(2, 0, 1)


def scaled_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A bool mask of any size at `(H, W)`."""
    return _resized(Image.fromarray(mask.astype(np.uint8) * 255), size) >= 128


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
