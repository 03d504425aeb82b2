"""Pictures with a label per pixel: enlarged or shrunk, a window cut out, mirrored, colours changed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from supertickets.augmentations.colours import jittered
from supertickets.tasks.base import Augmentation
from supertickets.tasks.data import IGNORE_LABEL


def varied(
    picture: Tensor, labels: Tensor, size: tuple[int, int], augmentation: Augmentation, short_side: int | None = None
) -> tuple[Tensor, Tensor]:
    """A window of `size`, uint8 `(3, H, W)`, and its labels, uint8 `(H, W)`; what lies outside is black and ignored.

    Args:
        picture: uint8 `(3, h, w)`.
        labels: uint8 `(h, w)`, class index or 255.
        short_side: pixels of the shorter side before `augmentation.zoom`, whose factor is drawn log-uniformly; None:
            as the picture is.
    """
    from torchvision import tv_tensors
    from torchvision.transforms import v2

    low, high = (math.log(factor) for factor in augmentation.zoom)
    factor = math.exp(low + (high - low) * float(torch.rand(())))
    picture, labels = resized(picture, labels, scaled(picture, factor, short_side))
    move = v2.Compose(
        [
            v2.RandomCrop(
                size, pad_if_needed=True, fill={tv_tensors.Image: 0, tv_tensors.Mask: IGNORE_LABEL}
            ),
            v2.RandomHorizontalFlip(0.5 if augmentation.flip else 0.0),
        ]
    )  # fmt: skip
    seen, mask = move(tv_tensors.Image(picture), tv_tensors.Mask(labels))
    return jittered(seen.as_subclass(Tensor), augmentation.photometric), mask.as_subclass(Tensor)


def scaled(picture: Tensor, factor: float, short_side: int | None = None, multiple: int = 1) -> tuple[int, int]:
    """`(H, W)` of a picture `(3, h, w)` that is enlarged, after its shorter side was brought to `short_side`.

    Args:
        multiple: both sides are rounded to multiples of it, up.
    """
    height, width = picture.shape[1:]
    if short_side is not None:
        factor *= short_side / min(height, width)
    return tuple(max(1, -(-round(side * factor) // multiple)) * multiple for side in (height, width))  # type: ignore[return-value]


def resized(picture: Tensor, labels: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Both in another size: the picture antialiased, of the labels the nearest one to the centre of each pixel."""
    from torchvision.transforms.v2 import InterpolationMode, functional

    if tuple(picture.shape[1:]) == size:
        return picture, labels
    picture = functional.resize(picture, list(size), antialias=True)
    # for its masks torchvision takes the nearest to a pixel's corner, half a pixel away from the picture
    moved = functional.resize(labels[None], list(size), interpolation=InterpolationMode.NEAREST_EXACT)
    return picture, moved[0]
