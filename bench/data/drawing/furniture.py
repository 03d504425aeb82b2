"""What stands in a room or hangs from its ceiling. Each piece is painted by one function, far parts first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bench.data.drawing.carpenter import Carpenter, Place
from bench.data.drawing.painter import Colour
from bench.data.drawing.palettes import GREENS, METALS, pick, shaded
from bench.data.drawing.room_classes import (
    BED,
    CABINET,
    CHAIR,
    EVERYTHING,
    FABRICS,
    LAMP,
    PLANT,
    RUG,
    SOFA,
    TABLE,
    VOID,
    furniture_colour,
)


def rug(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A rectangle on the floor with borders or stripes."""
    half, depth = place.width / 2, place.depth

    def lay(left: float, right: float, back: float, front: float, colour: Colour, label: int | None) -> None:
        corners = [(left, back), (right, back), (right, front), (left, front)]
        build.flat([place.at(x, 0.01, z) for x, z in corners], colour, label)

    lay(-half, half, 0, depth, pick(rng, FABRICS), RUG)
    inner = pick(rng, FABRICS)
    if rng.random() < 0.5:
        lay(-0.8 * half, 0.8 * half, 0.1 * depth, 0.9 * depth, inner, None)
        lay(-0.4 * half, 0.4 * half, 0.3 * depth, 0.7 * depth, pick(rng, FABRICS), None)
    else:
        for z in np.arange(0.1, 0.9, 0.25):
            lay(-half, half, z * depth, (z + 0.12) * depth, inner, None)


def cabinet(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A sideboard, chest of drawers, wardrobe or bookcase."""
    half, depth, high, colour = place.width / 2, place.depth, rng.uniform(0.5, 2.1), furniture_colour(rng)
    build.box(place, (-half, half), (0, high), (0, depth), colour, CABINET)
    if rng.random() < 0.3:  # Shelves full of books.
        for low in np.arange(0.1, high - 0.25, 0.32):
            build.pane(place, (-half + 0.05, half - 0.05), (low, low + 0.27), depth, shaded(colour, 0.5), None)
            for x in np.arange(-half + 0.06, half - 0.12, 0.09):
                tall = rng.uniform(0.15, 0.26)
                build.pane(place, (x, x + 0.08), (low, low + tall), depth, pick(rng, EVERYTHING), None)
    else:
        columns, rows = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        xs, ys = np.linspace(-half, half, columns + 1), np.linspace(0.06, high, rows + 1)
        for left, right in pairwise(xs):
            for low, top in pairwise(ys):
                front = shaded(colour, rng.uniform(0.84, 0.92))
                build.pane(place, (left + 0.03, right - 0.03), (low + 0.03, top - 0.03), depth, front, None)
    if high < 1.2 and rng.random() < 0.4:
        stand = Place(*_on_floor(place, rng.uniform(-0.6, 0.6) * half, depth / 2), place.turn)
        (table_lamp if rng.random() < 0.6 else potted_plant)(rng, build, stand, high)


def bed(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """Head towards the wall: frame, mattress, cover, pillows."""
    half, depth, high, frame = place.width / 2, place.depth, rng.uniform(0.4, 0.6), furniture_colour(rng)
    build.box(place, (-half, half), (0, high + rng.uniform(0.2, 0.6)), (0, 0.08), frame, BED)
    build.box(place, (-half, half), (0, 0.6 * high), (0.08, depth), frame, BED)
    sheet, cover = pick(rng, FABRICS), pick(rng, FABRICS)
    build.box(place, (-half + 0.03, half - 0.03), (0.6 * high, high), (0.08, depth), sheet, BED)
    turned = rng.uniform(0.5, 0.9)
    build.box(place, (-half, half), (0.4 * high, high + 0.03), (turned, depth + 0.02), cover, BED)
    pillows, edge = int(rng.integers(1, 3)), pick(rng, FABRICS)
    for number in range(pillows):
        left = -half + 0.08 + number * (2 * half - 0.1) / pillows
        across = (left, left + (2 * half - 0.26) / pillows)
        build.box(place, across, (high, high + 0.12), (0.12, 0.45), edge, BED)


def sofa(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """Back, seat, arms, cushions; also an armchair."""
    half, depth, cloth = place.width / 2, place.depth, pick(rng, FABRICS)
    seat, back, arm = rng.uniform(0.36, 0.46), rng.uniform(0.7, 0.95), rng.uniform(0.1, 0.22)
    build.box(place, (-half, half), (0.05, back), (0, 0.25), cloth, SOFA)
    build.box(place, (-half + arm, half - arm), (0.05, seat), (0.2, depth), cloth, SOFA)
    cushions = max(1, round(place.width / 0.7))
    edges = np.linspace(-half + arm, half - arm, cushions + 1)
    for left, right in pairwise(edges):
        build.box(place, (left + 0.02, right - 0.02), (seat, back - 0.04), (0.2, 0.33), shaded(cloth, 0.92), SOFA)
        if rng.random() < 0.3:
            build.box(place, (left + 0.1, right - 0.1), (seat, seat + 0.3), (0.33, 0.45), pick(rng, FABRICS), SOFA)
    for left, right in sorted(
        ((-half, -half + arm), (half - arm, half)), key=lambda arm: -_away(build, place, arm[0], 0)
    ):
        build.box(place, (left, right), (0.05, seat + 0.2), (0, depth), shaded(cloth, 0.95), SOFA)


def table(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A board on four legs, high or low, with things on it."""
    half, depth, colour = place.width / 2, place.depth, furniture_colour(rng)
    high = rng.uniform(0.35, 0.5) if rng.random() < 0.35 else rng.uniform(0.68, 0.78)
    _legs(build, place, (half - 0.05, 0.05, depth - 0.05), high, shaded(colour, 0.8), TABLE)
    build.box(place, (-half, half), (high - rng.uniform(0.04, 0.12), high), (0, depth), colour, TABLE)
    for _ in range(rng.poisson(1.2)):  # A cup, a book, a bowl: part of the table to an annotator.
        x, z = rng.uniform(-0.8, 0.8) * half, rng.uniform(0.2, 0.8) * depth
        wide, tall = rng.uniform(0.04, 0.14), rng.uniform(0.03, 0.2)
        build.box(place, (x - wide, x + wide), (high, high + tall), (z - 0.08, z + 0.08), pick(rng, EVERYTHING), TABLE)
    if rng.random() < 0.2:
        stand = Place(*_on_floor(place, rng.uniform(-0.5, 0.5) * half, depth / 2), place.turn)
        (table_lamp if rng.random() < 0.5 else potted_plant)(rng, build, stand, high)


def chair(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """Seat, four legs, a back of bars or one board."""
    half, depth, colour = place.width / 2, place.depth, furniture_colour(rng)
    seat, top = rng.uniform(0.42, 0.5), rng.uniform(0.8, 1.05)
    cover = colour if rng.random() < 0.5 else pick(rng, FABRICS)

    def back() -> None:
        if rng.random() < 0.5:
            build.box(place, (-half, half), (seat + 0.1, top), (0, 0.05), cover, CHAIR)
        else:
            for x in (-half, -0.04, half - 0.06):
                build.box(place, (x, x + 0.06), (seat, top), (0, 0.05), colour, CHAIR)
            build.box(place, (-half, half), (top - 0.12, top), (0, 0.05), colour, CHAIR)

    _legs(build, place, (half - 0.03, 0.03, depth - 0.03), seat, shaded(colour, 0.85), CHAIR)
    from_behind = _away(build, place, 0, 0) < _away(build, place, 0, depth)
    if not from_behind:  # Seen from the front, the seat hides the foot of the back.
        back()
    build.box(place, (-half, half), (seat - 0.05, seat), (0, depth), cover, CHAIR)
    if from_behind:
        back()


def floor_lamp(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A foot, a post and a shade."""
    high, middle, metal = rng.uniform(1.3, 1.8), place.depth / 2, pick(rng, METALS)
    build.disc(place, (0, 0.03, middle), (0.16, 0.04), metal, LAMP)
    build.box(place, (-0.025, 0.025), (0, high), (middle - 0.025, middle + 0.025), metal, LAMP)
    _shade(rng, build, place, high, middle, rng.uniform(0.16, 0.26))


def table_lamp(rng: np.random.Generator, build: Carpenter, place: Place, base: float) -> None:
    """A lamp that stands on something of height `base`."""
    high = base + rng.uniform(0.25, 0.4)
    build.box(place, (-0.03, 0.03), (base, high), (-0.03, 0.03), furniture_colour(rng), LAMP)
    _shade(rng, build, place, high, 0, rng.uniform(0.12, 0.18))


def ceiling_lamp(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A shade on a cord."""
    ceiling = build.view.room[1]
    high = ceiling - rng.uniform(0.3, 0.8)
    build.box(place, (-0.015, 0.015), (high, ceiling), (-0.015, 0.015), pick(rng, METALS), LAMP)
    if rng.random() < 0.5:
        build.disc(place, (0, high, 0), (0.2, 0.2), _glow(rng), LAMP)
    else:
        _shade(rng, build, place, high - 0.1, 0, rng.uniform(0.18, 0.3))


def plant(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A pot on the floor with leaves."""
    middle = Place(*_on_floor(place, 0, place.depth / 2), place.turn)
    potted_plant(rng, build, middle, 0.0, rng.uniform(1.2, 2.6))


def potted_plant(rng: np.random.Generator, build: Carpenter, place: Place, base: float, size: float = 1.0) -> None:
    """Leaves around a stem in a pot that stands at height `base`; the pot counts as plant."""
    wide, tall, green = 0.09 * size, 0.16 * size, pick(rng, GREENS)
    build.box(place, (-wide, wide), (base, base + tall), (-wide, wide), pick(rng, EVERYTHING), PLANT)
    crown, reach = base + tall + 0.16 * size, 0.16 * size
    for _ in range(int(rng.integers(8, 16))):
        x, y = rng.normal(0, reach * 0.7), crown + rng.normal(0, reach * 0.8)
        leaf = (reach * rng.uniform(0.15, 0.4), reach * rng.uniform(0.15, 0.5))
        build.disc(place, (x, max(y, base + tall), 0), leaf, shaded(green, rng.uniform(0.65, 1.2)), PLANT)


def clutter(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A box, bag or toy that belongs to no class."""
    half = place.width / 2
    build.box(place, (-half, half), (0, rng.uniform(0.15, 0.5)), (0, place.depth), pick(rng, EVERYTHING), VOID)


def _shade(rng: np.random.Generator, build: Carpenter, place: Place, low: float, ahead: float, radius: float) -> None:
    """A lampshade, lit or not: a stack of slices that grow narrower."""
    colour, tall, taper = _glow(rng), rng.uniform(0.9, 1.4) * radius, rng.uniform(0.5, 1.0)
    for share in np.linspace(0, 1, 5):
        wide = radius * (1 - share * (1 - taper))
        build.disc(place, (0, low + share * tall, ahead), (wide, 0.2 * tall), colour, LAMP)


def _glow(rng: np.random.Generator) -> Colour:
    return (255, 245, 215) if rng.random() < 0.3 else pick(rng, EVERYTHING)


def _legs(
    build: Carpenter, place: Place, where: tuple[float, float, float], high: float, colour: Colour, label: int
) -> None:
    """Four posts, those farther from the camera first; `where` is half their distance across, and back and front."""
    across, back, front = where
    feet = [(x, z) for x in (-across, across) for z in (back, front)]
    for x, z in sorted(feet, key=lambda foot: -_away(build, place, *foot)):
        build.box(place, (x - 0.03, x + 0.03), (0, high), (z - 0.03, z + 0.03), colour, label)


def _on_floor(place: Place, x: float, z: float) -> tuple[float, float]:
    """X and z in the room of a point of a piece."""
    in_room = place.at(x, 0, z)
    return in_room[0], in_room[2]


def _away(build: Carpenter, place: Place, x: float, z: float) -> float:
    """Distance of a point of a piece from the camera, metres."""
    return build.view.distance(*_on_floor(place, x, z))
