"""One street scene: who stands where, in which weather, and through which camera."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.data.drawing import street_objects as objects
from bench.data.drawing.painter import SUPERSAMPLING, Painter, average_down, camera, smooth_noise
from bench.data.drawing.street_view import VOID, View, backdrop

CLASS_NAMES = ("road", "sidewalk", "building", "vegetation", "sky", "car", "person", "pole", "sign")

GRAIN = np.array([0.05, 0.05, 0.06, 0.16, 0.01, 0.03, 0.05, 0.03, 0.03], np.float32)
"""Relative contrast of the fine texture per class: leaves are rough, sky and sheet metal are smooth."""


def street(rng: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw one scene of `size` = (H, W) pixels.

    Returns:
        uint8 `(H, W, 3)` picture and uint8 `(H, W)` labels: an index into `CLASS_NAMES`, or 255 for what belongs to
        no class (the camera car's own bonnet, street furniture).
    """
    height, width = size
    view = View.random(rng, height * SUPERSAMPLING, width * SUPERSAMPLING)
    picture, labels, haze = backdrop(rng, view)
    fog = rng.uniform(0.01, 0.035) if rng.random() < 0.25 else rng.uniform(0, 0.006)
    painter = Painter(height, width, haze, fog)
    painter.ground(picture, labels)
    _populate(rng, view, painter)
    if rng.random() < 0.6:  # The bonnet of the car that carries the camera.
        bonnet = (view.width * rng.uniform(0.4, 0.6), view.height * 1.02)
        radii = (view.width * rng.uniform(0.3, 0.6), view.height * rng.uniform(0.04, 0.12))
        painter.ellipse(bonnet, radii, tuple(rng.uniform(20, 160) * np.ones(3)), VOID)
    return _photograph(rng, *painter.arrays())


def _populate(rng: np.random.Generator, view: View, painter: Painter) -> None:
    """Place everything, then paint it from far to near."""
    placed: list[tuple[float, Callable[[], None]]] = []

    def place(z: float, paint: Callable[..., None], *where: float | bool) -> None:
        placed.append((z, lambda: paint(rng, view, painter, *where)))

    for side in (-1, 1):
        z, setback = rng.uniform(3.5, 12), rng.uniform(0.2, 5.0)
        dense = rng.uniform(0.35, 1.0)
        while z < 90:
            deep = rng.uniform(6, 16)
            x = view.edge(side) + side * setback
            if rng.random() < dense:
                place(z, objects.house, x, z, z + deep)
                if rng.random() < 0.3:
                    place(z - 0.01, objects.billboard, x, z + rng.uniform(0, deep / 2))
            else:
                for _ in range(rng.integers(1, 4)):
                    tz = z + rng.uniform(0, deep)
                    place(tz, objects.tree, x + side * rng.uniform(-1, 4), tz)
            z += deep + (rng.uniform(0, 6) if rng.random() < 0.4 else 0)
        kerb = view.centre + side * view.half_road
        for _ in range(rng.poisson(1.5)):
            z = rng.uniform(6, 35)
            place(z, objects.tree, kerb + side * rng.uniform(0.5, view.walk), z)
        for _ in range(1 + rng.poisson(1.5)):
            z = rng.uniform(4.5, 17)
            place(z, objects.pole, kerb + side * rng.uniform(0.2, view.walk), z)
        for _ in range(rng.poisson(2.0)):
            z = rng.uniform(4.5, 15)
            place(z, objects.person, kerb + side * rng.uniform(0.2, view.walk + 0.5), z)
        for _ in range(rng.poisson(0.6)):
            z = rng.uniform(5, 20)
            place(z, objects.clutter, kerb + side * rng.uniform(0.3, view.walk), z)
        parked = rng.uniform(5, 20)
        while rng.random() < 0.6:
            place(parked, objects.car, kerb - side * rng.uniform(0.9, 1.2), parked)
            parked += rng.uniform(5.5, 12)
    for _ in range(rng.poisson(1.0)):
        z = rng.uniform(7, 40)
        place(z, objects.car, view.centre + rng.uniform(-0.6, 0.6) * view.half_road, z)
    if rng.random() < 0.25:
        z = rng.uniform(8, 22)
        place(z, objects.car, view.centre + rng.uniform(-1, 1) * view.half_road, z, True)
    for _ in range(rng.poisson(0.5)):
        z = rng.uniform(6, 16)
        place(z, objects.person, view.centre + rng.uniform(-1, 1) * view.half_road, z)
    for _, paint in sorted(placed, key=lambda one: -one[0]):
        paint()


def _photograph(rng: np.random.Generator, picture: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Texture, light and camera for a double-size painting; the picture is averaged down, the labels sampled."""
    shape = labels.shape
    grain = np.append(GRAIN, np.zeros(256 - len(GRAIN), np.float32))[labels]
    texture = 1 + grain * rng.standard_normal(shape, dtype=np.float32)
    texture += np.float32(0.10) * smooth_noise(rng, shape, (6, 10))
    picture = picture * texture[..., None]
    if rng.random() < 0.15:  # Low sun: a glare around some point of the upper half.
        rows = np.arange(shape[0], dtype=np.float32)[:, None] - rng.uniform(0, 0.5) * shape[0]
        columns = np.arange(shape[1], dtype=np.float32)[None, :] - rng.uniform(0, 1) * shape[1]
        reach = rng.uniform(0.1, 0.3) * shape[1]
        picture += (140 * np.exp(-(rows**2 + columns**2) / (2 * reach**2)))[..., None]
    return camera(rng, average_down(picture), (2, 8)), labels[::SUPERSAMPLING, ::SUPERSAMPLING].copy()
