"""What all classification sets share: pictures of any size become `ClassifiedImages` of one size."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps

from bench.data.base import CreateArray, DataSet
from supertickets.tasks.data import ClassifiedImages


class Pictures(NamedTuple):
    """The samples of a split: their labels, how to read the RGB picture of the i-th, and the names of the classes."""

    labels: Sequence[int]
    read: Callable[[int], Image.Image]
    class_names: Sequence[str]


class ClassifiedDataSet(DataSet):
    """A data set of pictures with one class each.

    Pictures of another aspect ratio than the network input lose what sticks out of its middle.
    """

    task = "classification"
    decoder_version = "1"

    @abstractmethod
    def _pictures(self, root: Path | None, split: str) -> Pictures:
        """The samples of a split, in an order of their own."""

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        pictures = self._pictures(root, split)
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

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> ClassifiedImages:
        return ClassifiedImages(torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]), tuple(extra))
