"""A double-size picture and its label map, painted back to front with the same shapes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

SUPERSAMPLING = 2
"""Pictures are drawn at this multiple of their size, then averaged; labels are sampled: soft colours, hard labels."""

Colour = tuple[float, float, float]
Point = tuple[float, float]


class Painter:
    """Paints shapes into a picture and, with one label each, into a label map; starts black with label 0.

    Attributes:
        height, width: of the double-size picture, pixels. All coordinates are in
            these pixels, with pixel centres at integers.
        fog: colour that distant shapes fade into.
        fog_density: per metre; 0 is clear air.
    """

    def __init__(self, height: int, width: int, fog: Colour = (200, 200, 200), fog_density: float = 0.0) -> None:
        """`height` and `width` are those of the final picture, half of the attributes of the same name."""
        self.height, self.width = height * SUPERSAMPLING, width * SUPERSAMPLING
        self.fog, self.fog_density = fog, fog_density
        self._picture = Image.new("RGB", (self.width, self.height))
        self._labels = Image.new("L", (self.width, self.height))
        self._draw, self._draw_label = ImageDraw.Draw(self._picture), ImageDraw.Draw(self._labels)

    def ground(self, picture: np.ndarray, labels: np.ndarray) -> None:
        """Set every pixel: `(height, width, 3)` colours 0..255 and `(height, width)` labels."""
        self._picture = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
        self._labels = Image.fromarray(labels.astype(np.uint8))
        self._draw, self._draw_label = ImageDraw.Draw(self._picture), ImageDraw.Draw(self._labels)

    def polygon(self, points: Sequence[Point], colour: Colour, label: int | None, distance: float = 0.0) -> None:
        """Fill a polygon; `label=None` leaves the labels, for a detail painted on something."""
        self._draw.polygon(points, fill=self._seen(colour, distance))
        if label is not None:
            self._draw_label.polygon(points, fill=label)

    def ellipse(self, centre: Point, radii: Point, colour: Colour, label: int | None, distance: float = 0.0) -> None:
        """Fill an axis-parallel ellipse."""
        (x, y), (a, b) = centre, radii
        box = (x - a, y - b, x + a, y + b)
        self._draw.ellipse(box, fill=self._seen(colour, distance))
        if label is not None:
            self._draw_label.ellipse(box, fill=label)

    def capsule(self, start: Point, end: Point, radii: Point, colour: Colour, label: int | None) -> None:
        """Fill a limb: a tapering bar with round ends; `radii` at `start` and `end`."""
        (ax, ay), (bx, by) = start, end
        dx, dy = bx - ax, by - ay
        length = max((dx * dx + dy * dy) ** 0.5, 1e-6)
        nx, ny = -dy / length, dx / length
        (r, s) = radii
        bar = [
            (ax + r * nx, ay + r * ny),
            (bx + s * nx, by + s * ny),
            (bx - s * nx, by - s * ny),
            (ax - r * nx, ay - r * ny),
        ]
        self.polygon(bar, colour, label)
        self.ellipse(start, (r, r), colour, label)
        self.ellipse(end, (s, s), colour, label)

    def label_map(self) -> np.ndarray:
        """uint8 `(height, width)`: a copy of the labels so far."""
        return np.array(self._labels)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Double-size float32 `(height, width, 3)` picture, 0..255, and uint8 `(height, width)` labels; copies."""
        return np.asarray(self._picture).astype(np.float32), self.label_map()

    def averaged(self) -> np.ndarray:
        """float32 `(height / 2, width / 2, 3)`: the picture at its final size, 0..255 in whole grey levels."""
        return np.asarray(self._picture.reduce(SUPERSAMPLING)).astype(np.float32)

    def _seen(self, colour: Colour, distance: float) -> tuple[int, int, int]:
        clear = float(np.exp(-self.fog_density * distance)) if self.fog_density else 1.0
        mixed = [int(min(max(c * clear + f * (1 - clear), 0), 255)) for c, f in zip(colour, self.fog, strict=True)]
        return mixed[0], mixed[1], mixed[2]


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """float32 `shape`, about standard normal at the cells' centres, varying over `cells` (rows, columns) patches."""
    coarse = Image.fromarray(rng.standard_normal(cells, dtype=np.float32))
    return np.asarray(coarse.resize(shape[::-1], Image.Resampling.BICUBIC))


def average_down(picture: np.ndarray) -> np.ndarray:
    """float32 `(H, W, 3)`: means over 2x2 pixels of a double-size picture."""
    return 0.25 * (picture[0::2, 0::2] + picture[1::2, 0::2] + picture[0::2, 1::2] + picture[1::2, 1::2])


def camera(rng: np.random.Generator, picture: np.ndarray, noise: tuple[float, float]) -> np.ndarray:
    """What a cheap camera makes of a picture: colour cast, exposure, gamma, vignetting, banding, noise.

    Args:
        picture: float32 `(H, W, 3)`, 0..255.
        noise: standard deviation of the pixel noise is drawn from this range, grey levels.

    Returns:
        uint8 `(H, W, 3)`.
    """
    height, width = picture.shape[:2]
    cast = rng.uniform(0.93, 1.07, 3).astype(np.float32) * np.float32(rng.uniform(0.8, 1.12))
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    vignette = 1 - np.float32(rng.uniform(0, 0.2)) * (x * x + y * y)
    seen = np.clip(picture * cast * vignette[..., None] / 255, 0, 1) ** np.float32(rng.uniform(0.8, 1.25))
    grey = seen.mean(axis=2, keepdims=True)
    seen = grey + np.float32(rng.uniform(0.65, 1.15)) * (seen - grey)
    seen *= 255
    # Sensors amplify by row: a pattern that no amount of smoothing along the row removes.
    seen += rng.standard_normal((height, 1, 1), dtype=np.float32) * np.float32(rng.uniform(0, 3))
    seen += rng.standard_normal(seen.shape, dtype=np.float32) * np.float32(rng.uniform(*noise))
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)
