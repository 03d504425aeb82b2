"""Pictures with a class per pixel: pairs of any size become `LabelledImages` of one size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import numpy as np
import torch
from PIL import Image

from supertickets.data.cache import CreateArray
from supertickets.tasks.data import IGNORE_LABEL, LabelledImages

_Pair = TypeVar("_Pair")


def class_indices(ids: np.ndarray, file_ids: Sequence[int], ignored_ids: Collection[int]) -> np.ndarray:
    """uint8 `(H, W)`, class index or 255, of the ids that a label file stores.

    Args:
        ids: whole numbers `(H, W)` from 0.
        file_ids: for each class, the id that stands for it.
        ignored_ids: ids of pixels that count nowhere.

    Raises:
        ValueError: an id that is neither; the message names the smallest.
    """
    known = {*file_ids, *ignored_ids}
    counts = np.bincount(ids.ravel())
    if strange := set(np.flatnonzero(counts).tolist()).difference(known):
        numbers = ", ".join(str(number) for number in sorted(known))
        raise ValueError(f"has label id {min(strange)}; the ids are {numbers}")
    class_of = np.full(max(*known, len(counts)) + 1, IGNORE_LABEL, np.uint8)
    class_of[list(file_ids)] = range(len(file_ids))
    return class_of[ids]


def decode_labelled(
    pairs: Sequence[_Pair],
    read: Callable[[_Pair], tuple[Image.Image, np.ndarray]],
    image_size: tuple[int, int],
    label_size: tuple[int, int],
    create: CreateArray,
) -> None:
    """Fill arrays of one size, each axis by itself; labels, uint8 `(H, W)`, may have another one."""
    height, width = image_size
    images = create("images", (len(pairs), 3, height, width), np.uint8)
    labels = create("labels", (len(pairs), *label_size), np.uint8)
    for index, pair in enumerate(pairs):
        image, indices = read(pair)
        # Pillow widens its filter when it shrinks, so this is antialiased.
        resized = image.resize((width, height), Image.Resampling.BILINEAR)
        images[index] = np.asarray(resized).transpose(2, 0, 1)
        labels[index] = np.asarray(Image.fromarray(indices).resize(label_size[::-1], Image.Resampling.NEAREST))


def labelled(arrays: dict[str, np.ndarray], names: Sequence[str]) -> LabelledImages:
    """What `decode_labelled` has filled, as samples."""
    return LabelledImages(torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]), tuple(names))
