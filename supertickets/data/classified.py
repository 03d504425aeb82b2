"""Pictures with one class each: pictures of any size become `ClassifiedImages` of one size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps

from supertickets.data.cache import CreateArray
from supertickets.tasks.data import ClassifiedImages


class Pictures(NamedTuple):
    """The samples of a split: their labels, how to read the RGB picture of the i-th, and the names of the classes."""

    labels: Sequence[int]
    read: Callable[[int], Image.Image]
    class_names: Sequence[str]


def decode_classified(pictures: Pictures, image_size: tuple[int, int], create: CreateArray) -> Any:
    """Fill arrays of one size; pictures of another aspect ratio lose what sticks out of its middle."""
    height, width = image_size
    images = create("images", (len(pictures.labels), 3, height, width), np.uint8)
    create("labels", (len(pictures.labels),), np.int64)[:] = pictures.labels
    for row in range(len(pictures.labels)):
        picture = pictures.read(row)
        if picture.size != (width, height):
            # Pillow widens its filter when it shrinks, so this is antialiased.
            picture = ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR)
        images[row] = np.asarray(picture).transpose(2, 0, 1)
    return list(pictures.class_names)


def classified(arrays: dict[str, np.ndarray], names: Any) -> ClassifiedImages:
    """What `decode_classified` has filled and returned, as samples."""
    return ClassifiedImages(torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]), tuple(names))
