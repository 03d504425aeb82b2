"""Windows into images: the random ones that training sees, and the whole image that evaluation sees."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from supertickets.seeding import Draws
from supertickets.tasks.base import MEAN, STD, Augmentation, normalise


def random_windows(images: Tensor, size: tuple[int, int], augmentation: Augmentation, draws: Draws) -> Tensor | None:
    """Sampling grid `(B, H, W, 2)` of zoomed, shifted, mirrored windows into `(B, C, h, w)`, on the images' device.

    For `grid_sample` without aligned corners. None where every window of `size` is its image, pixel for pixel.
    """
    count, source = len(images), (images.shape[2], images.shape[3])
    low, high = augmentation.zoom
    zoom = draws.uniform(math.log(low), math.log(high)).exp()
    shifts = torch.stack([draws.uniform(-1, 1), draws.uniform(-1, 1)])
    mirror = torch.ones(count)
    if augmentation.flip:
        mirror -= 2 * draws.chance(0.5).float()
    if augmentation.zoom == (1, 1) and not augmentation.flip and source == size:
        return None
    return window_grid(source, size, zoom, shifts, mirror).to(images.device)


def window_grid(source: tuple[int, int], size: tuple[int, int], zoom: Tensor, shifts: Tensor, mirror: Tensor) -> Tensor:
    """Grid `(B, H, W, 2)` of windows of `size` into images of `source` pixels that are enlarged by `zoom`.

    Args:
        zoom: `(B,)`; below 1 a window may reach beyond its image.
        shifts: `(2, B)`, x and y in -1..1: the ends are the positions where the window touches the image's border.
        mirror: `(B,)`, -1 for windows seen in a mirror, else 1.
    """
    height, width = source
    # share of the source a window covers, and how far its centre can move without leaving the source
    cover = torch.stack([size[1] / (width * zoom), size[0] / (height * zoom)])
    centre = shifts * (1 - cover).abs()
    theta = torch.zeros(len(zoom), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = cover[0] * mirror, cover[1]
    theta[:, :, 2] = centre.T
    return F.affine_grid(theta, [len(zoom), 1, *size], align_corners=False)


def whole_images(
    images: Tensor,
    size: tuple[int, int],
    device: torch.device,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> Tensor:
    """Normalised inputs `(B, 3, H, W)` of `size` that show the whole of uint8 images of any size."""
    inputs = images.to(device).float()
    if inputs.shape[2:] != size:
        inputs = F.interpolate(inputs, size, mode="bilinear", align_corners=False, antialias=True)
    return normalise(inputs, mean, std)
