"""The pinhole camera of a street scene, and the ground it sees: road, pavements, markings, shadows, sky."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.data.drawing.painter import Colour, Point, smooth_noise
from bench.data.drawing.palettes import GREENS, ROADS, SKIES, WALKS, pick

ROAD, SIDEWALK, BUILDING, VEGETATION, SKY, CAR, PERSON, POLE, SIGN = range(9)
VOID = 255

CAMERA_HEIGHT = 1.4
"""Metres above the road."""


@dataclass(frozen=True)
class View:
    """Where the camera looks and where the street lies; lengths in metres, pixels of the double-size picture.

    Axes: x to the right of the camera, y up from the road, z ahead.

    Attributes:
        height, width: picture size, pixels.
        focal: focal length, pixels.
        vanishing: the point `(u, v)` the street runs to, pixels.
        centre: x of the road's middle.
        half_road: half the road's width.
        walk: width of the pavement on either side.
    """

    height: int
    width: int
    focal: float
    vanishing: tuple[float, float]
    centre: float
    half_road: float
    walk: float

    @classmethod
    def random(cls, rng: np.random.Generator, height: int, width: int) -> View:
        """A street as seen from one of its lanes."""
        half_road = rng.uniform(2.8, 6.0)
        return cls(
            height,
            width,
            focal=width * rng.uniform(0.5, 0.85),
            vanishing=(width * rng.uniform(0.25, 0.75), height * rng.uniform(0.33, 0.58)),
            centre=rng.uniform(-0.6, 0.6) * half_road,
            half_road=half_road,
            walk=rng.uniform(1.2, 4.0),
        )

    def at(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Pixel `(u, v)` of a point; z > 0."""
        u, v = self.vanishing
        return u + self.focal * x / z, v + self.focal * (CAMERA_HEIGHT - y) / z

    def facing(self, left: float, right: float, low: float, high: float, z: float) -> list[Point]:
        """Corners of an upright rectangle that faces the camera."""
        return [self.at(left, low, z), self.at(left, high, z), self.at(right, high, z), self.at(right, low, z)]

    def receding(self, x: float, low: float, high: float, near: float, far: float) -> list[Point]:
        """Corners of an upright rectangle along the street."""
        return [self.at(x, low, near), self.at(x, high, near), self.at(x, high, far), self.at(x, low, far)]

    def edge(self, side: int) -> float:
        """X of the pavement's outer edge on side -1 (left) or 1 (right)."""
        return self.centre + side * (self.half_road + self.walk)


def backdrop(rng: np.random.Generator, view: View) -> tuple[np.ndarray, np.ndarray, Colour]:
    """Sky and ground before anything stands on it.

    Returns:
        float32 `(height, width, 3)` picture 0..255, int `(height, width)` labels, and the horizon's colour (of fog).
    """
    height, width = view.height, view.width
    u0, v0 = view.vanishing
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]

    zenith, haze = np.array(pick(rng, SKIES)), np.array(pick(rng, SKIES))
    fade = np.clip(rows / max(v0, 1.0), 0, 1)[..., None]
    clouds = smooth_noise(rng, (height, width), (4, 5))[..., None] * rng.uniform(0, 16)
    sky = zenith * (1 - fade) + haze * fade + clouds

    z = np.clip(view.focal * CAMERA_HEIGHT / np.maximum(rows - v0, 0.25), 0, 400)
    x = (columns - u0) * z / view.focal
    across = x - view.centre
    is_road = np.abs(across) < view.half_road
    is_walk = ~is_road & (np.abs(across) < view.half_road + view.walk)
    if rng.random() < 0.35:  # A crossing street: road from left to right.
        start = rng.uniform(9, 25)
        crossing = (z > start) & (z < start + rng.uniform(4, 9)) & (rows > v0)
        is_road, is_walk = is_road | crossing, is_walk & ~crossing
    beyond = VEGETATION if rng.random() < 0.6 else SIDEWALK
    labels = np.where(is_road, ROAD, np.where(is_walk, SIDEWALK, beyond))

    road, walk = pick(rng, ROADS), pick(rng, WALKS)
    # Often pavement and road are made of the same stuff: then only the kerb and the pattern tell.
    if rng.random() < 0.3:
        walk = pick(rng, [road], 8)
    ground = np.empty((height, width, 3), np.float32)
    ground[:] = pick(rng, GREENS) if beyond == VEGETATION else walk
    ground[is_walk] = walk
    ground[is_road] = road
    ground *= _pattern(rng, view, x, z, across, is_road, is_walk)[..., None]
    ground *= (1 + rng.uniform(0.02, 0.10) * smooth_noise(rng, (height, width), (10, 14)))[..., None]
    _markings(rng, ground, across, z, is_road, view)
    if rng.random() < 0.7:  # Buildings and trees shade one side of the street.
        shade, limit = rng.uniform(0.4, 0.75), view.centre + rng.uniform(-1, 1) * view.half_road
        wobble = 0.8 * smooth_noise(rng, (height, width), (16, 3))
        ground[(x + wobble > limit) if rng.random() < 0.5 else (x + wobble < limit)] *= shade

    above = np.broadcast_to(rows <= v0, labels.shape)
    picture = np.where(above[..., None], sky, ground).astype(np.float32)
    return picture, np.where(above, SKY, labels), (haze[0], haze[1], haze[2])


def _pattern(
    rng: np.random.Generator,
    view: View,
    x: np.ndarray,
    z: np.ndarray,
    across: np.ndarray,
    is_road: np.ndarray,
    is_walk: np.ndarray,
) -> np.ndarray:
    """Brightness factors `(height, width)`: paving joints on pavements, kerbs, tyre tracks on the road."""
    factor = np.ones(is_road.shape, np.float32)
    slab = rng.uniform(0.5, 1.2)
    # Far away the joints are finer than a pixel and would only alias.
    joints = (((x % slab) < 0.12 * slab) | ((z % slab) < 0.15 * slab)) & is_walk & (z < 14)
    factor[joints] = rng.uniform(0.7, 0.9)
    kerb = (np.abs(np.abs(across) - view.half_road) < 0.13) & (is_walk | is_road)
    factor[kerb] = rng.uniform(0.65, 1.35)
    tracks = is_road & (np.abs(np.abs(across) - 0.5 * view.half_road) < 0.2 * view.half_road)
    factor[tracks] *= rng.uniform(0.88, 1.05)
    return factor


def _markings(
    rng: np.random.Generator, ground: np.ndarray, across: np.ndarray, z: np.ndarray, is_road: np.ndarray, view: View
) -> None:
    """Lane lines and zebra crossings; they are road."""
    paint = rng.uniform(170, 240)
    dashes = (z % 6.0) < rng.choice([3.0, 6.0])
    lines = (np.abs(across) < 0.09) & dashes
    if rng.random() < 0.5:
        lines |= np.abs(np.abs(across) - (view.half_road - 0.5)) < 0.08
    if rng.random() < 0.3:
        start = rng.uniform(5, 14)
        lines |= (z > start) & (z < start + 3) & ((across % 1.0) < 0.5)
    if rng.random() < 0.85:
        ground[lines & is_road] = paint
