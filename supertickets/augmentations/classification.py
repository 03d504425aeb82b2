"""Pictures with one class: a window of random area and proportions, mirrored, its colours changed."""

from __future__ import annotations

from torch import Tensor

from supertickets.augmentations.colours import jittered
from supertickets.tasks.base import Augmentation

PROPORTIONS = (3 / 4, 4 / 3)
"""Width over height of a window, in its picture."""


def varied(picture: Tensor, size: tuple[int, int], augmentation: Augmentation) -> Tensor:
    """uint8 `(3, H, W)` of `size`, of a uint8 picture `(3, h, w)`; every random number is drawn on the CPU.

    A window that is enlarged by a factor z shows 1 / z^2 of the picture's area, drawn uniformly between the areas of
    `augmentation.zoom`.
    """
    from torchvision.transforms import v2

    least, most = augmentation.zoom
    window = v2.RandomResizedCrop(size, scale=(most**-2, min(1.0, least**-2)), ratio=PROPORTIONS, antialias=True)
    mirror = v2.RandomHorizontalFlip(0.5 if augmentation.flip else 0.0)
    found: Tensor = mirror(window(picture))
    return jittered(found, augmentation.photometric)


def whole(picture: Tensor, size: tuple[int, int], share: float) -> Tensor:
    """The middle of a picture in `size`: what is left of it when `share` of its shorter side, as of `size`, is seen."""
    from torchvision.transforms.v2 import functional

    height, width = picture.shape[1:]
    factor = max(size[0] / height, size[1] / width) / share
    resized = functional.resize(
        picture, [max(1, round(height * factor)), max(1, round(width * factor))], antialias=True
    )
    middle: Tensor = functional.center_crop(resized, list(size))
    return middle
