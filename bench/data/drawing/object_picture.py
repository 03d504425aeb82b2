"""One thing in front of clutter, in a random pose, light and camera."""

from __future__ import annotations

import numpy as np

from bench.data.drawing.brush import Brush
from bench.data.drawing.figure import paint_clutter
from bench.data.drawing.objects import PAINTERS
from bench.data.drawing.painter import SUPERSAMPLING, Colour, Painter, camera, smooth_noise
from bench.data.drawing.palettes import BRANDS, CLOTHES, GREENS, HOUSES, METALS, ROADS, SKIES, WALKS, pick

CLASS_NAMES = tuple(PAINTERS)
COLOURS = BRANDS + CLOTHES + GREENS + HOUSES + METALS + ROADS + SKIES + WALKS
"""Things and backgrounds share all colours."""
FREELY_TURNED = ("aeroplane", "fish")
"""What is as often seen at any angle; the others stand more or less upright."""
OBJECT = 1
CONTRAST = 80.0
"""A thing's body differs from the mean background by at least this many grey levels in some channel."""


def object_picture(rng: np.random.Generator, name: str, size: tuple[int, int]) -> np.ndarray:
    """uint8 picture `(H, W, 3)` of one thing of class `name`."""
    painter = Painter(*size)
    ground = paint_background(rng, painter)
    colours = thing_colours(rng, ground)
    PAINTERS[name](rng, _pose(rng, painter, name, colours))
    if rng.random() < 0.15:  # Something in front of the thing.
        paint_clutter(rng, painter, 1, None, 0.15)
    thing = painter.label_map()[::SUPERSAMPLING, ::SUPERSAMPLING] == OBJECT
    return camera(rng, painter.averaged() * texture(rng, thing)[..., None], (2, 6))


def paint_background(rng: np.random.Generator, painter: Painter) -> Colour:
    """Two stained halves and things lying about; returns the mean colour."""
    height, width = painter.height, painter.width
    picture = np.empty((height, width, 3), np.float32)
    colours = [pick(rng, COLOURS, 25) for _ in range(2)]
    horizon = int(height * rng.uniform(0, 1.3))
    picture[:horizon], picture[horizon:] = colours
    cells = int(rng.integers(2, 12))
    picture += rng.uniform(2, 12) * smooth_noise(rng, (height, width), (cells, cells))[..., None]
    painter.ground(picture, np.zeros((height, width), np.uint8))
    paint_clutter(rng, painter, int(rng.integers(0, 4)), None, 0.2)
    red, green, blue = painter.averaged().mean(axis=(0, 1)).tolist()
    return red, green, blue


def thing_colours(rng: np.random.Generator, ground: Colour) -> tuple[Colour, Colour, Colour]:
    """Main, second and dark colour of a thing that is to be seen in front of a mean colour."""
    main = pick(rng, COLOURS, 30)
    while max(abs(a - b) for a, b in zip(main, ground, strict=True)) < CONTRAST:
        main = pick(rng, COLOURS, 30)
    dark = pick(rng, CLOTHES + METALS, 20)
    return main, pick(rng, COLOURS, 30), dark


def _pose(rng: np.random.Generator, painter: Painter, name: str, colours: tuple[Colour, Colour, Colour]) -> Brush:
    """Random place, size, stretch, tilt and side."""
    scale = rng.uniform(0.38, 0.48) * painter.height
    matrix = random_view(rng, name)
    play = 0.5 * painter.height - 0.85 * scale
    centre = 0.5 * painter.width + rng.uniform(-play, play), 0.5 * painter.height + rng.uniform(-play, play)
    return Brush(painter, scale * matrix, centre, colours, OBJECT)


def random_view(rng: np.random.Generator, name: str) -> np.ndarray:
    """`(2, 2)`, from a thing's own axes to the picture's: random stretch, tilt and side."""
    turn = rng.uniform(-np.pi, np.pi) if name in FREELY_TURNED and rng.random() < 0.1 else rng.normal(0, 0.12)
    cos, sin = np.cos(turn), np.sin(turn)
    stretch = np.exp(rng.uniform(-0.1, 0.1))
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[stretch, rng.uniform(-0.1, 0.1)], [0, 1 / stretch]])
    return matrix @ np.diag([-1.0, 1.0]) if rng.random() < 0.5 else matrix


def texture(rng: np.random.Generator, thing: np.ndarray) -> np.ndarray:
    """Brightness factors `(H, W)`: grain, one pattern on the thing and another behind it, uneven light."""
    height, width = thing.shape
    factor = np.where(thing, _pattern(rng, thing.shape), _pattern(rng, thing.shape))
    factor += np.float32(rng.uniform(0.02, 0.06)) * rng.standard_normal(thing.shape, dtype=np.float32)
    towards = rng.uniform(0, 2 * np.pi)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    light = np.float32(rng.uniform(0, 0.3)) * (np.cos(towards) * x + np.sin(towards) * y)
    return factor * (1 + light).astype(np.float32)


def _pattern(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Plain, striped, or blotched."""
    kind, strength = rng.random(), np.float32(rng.uniform(0.04, 0.15))
    if kind < 0.4:
        return np.ones(shape, np.float32)
    if kind < 0.7:
        turn, period = rng.uniform(0, np.pi), rng.uniform(3, 9)
        rows, columns = np.indices(shape, dtype=np.float32)
        phase = (np.cos(turn) * columns + np.sin(turn) * rows) / period
        return (1 + strength * np.sign(np.sin(2 * np.pi * phase))).astype(np.float32)
    cells = int(rng.integers(5, 16))
    return 1 + strength * smooth_noise(rng, shape, (cells, cells))
