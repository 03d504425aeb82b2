"""Where a person's canvas lies in the image, and its pixels.

Coordinates: a pixel *index* `i` names the centre of a pixel, as in COCO keypoints; the pixel covers the
*edges* `i - 0.5 .. i + 0.5` on that axis. Boxes and Pillow measure from the image's edge instead, so
`edge coordinate = index + 0.5`. Both conversions happen in this file and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

VERSION = 1
"""Part of the decoder version of every set that uses this module."""

BOX_MARGIN = 1.25
"""The evaluation crop is the annotated box enlarged by this factor (SimpleBaseline, HRNet)."""

CANVAS_RATIO = 1.7
"""Canvas side over the longer crop side: room for the corners of a crop rotated by 45 degrees and scaled."""


@dataclass(frozen=True)
class Canvas:
    """A square window of the image, resampled to `side` x `side` pixels.

    Attributes:
        side: S, pixels.
        scale: image pixels per canvas pixel.
        left: edge coordinate of the canvas's left border in the image, image pixels.
        top: the same for the upper border.
    """

    side: int
    scale: float
    left: float
    top: float

    @property
    def to_image(self) -> np.ndarray:
        """float64 `(2, 3)`: `to_image @ (x, y, 1)` maps canvas pixel indices to image pixel indices."""
        shift = 0.5 * self.scale - 0.5
        return np.array([[self.scale, 0.0, self.left + shift], [0.0, self.scale, self.top + shift]])

    def from_image(self, points: np.ndarray) -> np.ndarray:
        """Map image pixel indices `(..., 2)` to canvas pixel indices, float64 of the same shape."""
        affine = self.to_image
        return (np.asarray(points, dtype=np.float64) - affine[:, 2]) / self.scale

    def cut(self, image: Image.Image) -> np.ndarray:
        """Antialiased pixels, uint8 `(3, S, S)`, of an RGB image; black where the canvas leaves it."""
        extent = self.scale * self.side
        # Pillow's filter reaches one (scaled) pixel beyond the box; the margin lets it see real pixels there.
        margin = math.ceil(self.scale) + 1
        left, top = math.floor(self.left) - margin, math.floor(self.top) - margin
        right = math.ceil(self.left + extent) + margin
        bottom = math.ceil(self.top + extent) + margin
        padded = image.crop((left, top, right, bottom))  # Pillow fills with zeros outside the image.
        box = (self.left - left, self.top - top, self.left - left + extent, self.top - top + extent)
        resized = padded.resize((self.side, self.side), Image.Resampling.BILINEAR, box=box)
        return np.asarray(resized).transpose(2, 0, 1)


def canvas_side(image_size: tuple[int, int]) -> int:
    """S for a network input `(H, W)`: the smallest even integer of at least 1.7 x max(H, W).

    Raises:
        ValueError: H or W is odd; the crop could then not be centred on whole pixels.
    """
    if any(side % 2 for side in image_size):
        raise ValueError(f"person crops need an even height and width, got {image_size}")
    # Tenths in integers: 1.7 * 320 is 544.0 or 543.99... depending on the factor's rounding.
    tenths = round(10 * CANVAS_RATIO) * max(image_size)
    return 2 * -(-tenths // 20)


def box_scale(box: Sequence[float], image_size: tuple[int, int]) -> float:
    """Pixels of the image per pixel of a crop `(H, W)` that shows a box (x, y, width, height) with its margin."""
    return BOX_MARGIN * max(box[2] / image_size[1], box[3] / image_size[0])


def person_canvas(box: Sequence[float], image_size: tuple[int, int], side: int | None = None) -> Canvas:
    """The canvas of one person.

    Args:
        box: COCO `(x, y, width, height)`: edge coordinates, pixels.
        image_size: `(H, W)` of the network input.
        side: of the canvas; None: with room to turn and shift the crop.

    Returns:
        The canvas whose central `(H, W)` window is the box, grown to the aspect ratio H:W and enlarged by 1.25.
    """
    x, y, box_width, box_height = box
    scale = box_scale(box, image_size)
    side = canvas_side(image_size) if side is None else side
    half = 0.5 * scale * side
    return Canvas(side, scale, x + 0.5 * box_width - half, y + 0.5 * box_height - half)
