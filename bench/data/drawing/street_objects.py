"""What stands in a street: houses, trees, cars, persons, poles. Each is painted by one function.

All take the random generator, the view, the painter and the object's place in metres, and paint the far
parts first.
"""

from __future__ import annotations

import numpy as np

from bench.data.drawing.painter import Colour, Painter
from bench.data.drawing.palettes import BRANDS, CARS, CLOTHES, GREENS, HOUSES, METALS, SIGNS, SKIN, pick, shaded
from bench.data.drawing.street_view import BUILDING, CAR, PERSON, POLE, SIGN, VEGETATION, VOID, View


def house(rng: np.random.Generator, view: View, painter: Painter, x: float, near: float, far: float) -> None:
    """A house along the street: the wall at lateral position x between two distances, with rows of windows."""
    height, colour = rng.uniform(3.5, 13.0), pick(rng, HOUSES)
    outward = np.sign(x - view.centre)
    front = shaded(colour, rng.uniform(0.7, 1.15))
    depth = x + outward * rng.uniform(6, 12)
    # The wall that faces the camera, then the one along the street.
    face = view.facing(x, depth, 0, height, near)
    painter.polygon(face, front, BUILDING, near)
    side = view.receding(x, 0, height, near, far)
    painter.polygon(side, colour, BUILDING, near)
    if rng.random() < 0.35:  # A pitched roof.
        ridge = height + rng.uniform(1, 3)
        roof = [
            view.at(x, height, near),
            view.at(x, height, far),
            view.at(depth, ridge, far),
            view.at(depth, ridge, near),
        ]
        painter.polygon(roof, pick(rng, HOUSES), BUILDING, near)
    glass = pick(rng, [(50, 55, 65), (150, 175, 200), (90, 95, 100), (215, 215, 210)])
    storey, bay = rng.uniform(2.6, 3.6), rng.uniform(1.8, 3.2)
    for y in np.arange(1.0, height - 1.5, storey):
        for z in np.arange(near + 0.4, far - 1.2, bay):
            low, high, first, last = y, y + 0.5 * storey, z, z + 0.5 * bay
            window = view.receding(x, low, high, first, last)
            painter.polygon(window, shaded(glass, rng.uniform(0.75, 1.2)), None, z)
        for offset in np.arange(0.6, 5.0, bay):
            left, right = x + outward * offset, x + outward * (offset + 0.5 * bay)
            window = view.facing(left, right, low, high, near)
            painter.polygon(window, shaded(glass, rng.uniform(0.75, 1.2)), None, near)


def tree(rng: np.random.Generator, view: View, painter: Painter, x: float, z: float) -> None:
    """A trunk and a crown of blobs, or a bush without a trunk."""
    green, bush = pick(rng, GREENS), rng.random() < 0.35
    crown, radius = (0.7, rng.uniform(0.5, 1.0)) if bush else (rng.uniform(2.8, 5.0), rng.uniform(1.0, 2.2))
    size = view.focal / z
    if not bush:
        half = rng.uniform(0.1, 0.25)
        trunk = view.facing(x - half, x + half, 0, crown, z)
        painter.polygon(trunk, pick(rng, [(80, 65, 50), (95, 90, 80), (60, 55, 50)]), VEGETATION, z)
    for _ in range(rng.integers(7, 14)):
        dx, dy = rng.normal(0, 0.5 * radius, 2)
        blob = radius * rng.uniform(0.3, 0.65)
        centre = view.at(x + dx, crown + dy, z)
        light = rng.uniform(0.7, 1.0) + 0.15 * dy / radius
        painter.ellipse(centre, (blob * size, blob * size), shaded(green, light), VEGETATION, z)


def car(rng: np.random.Generator, view: View, painter: Painter, x: float, z: float, across: bool = False) -> None:
    """A car whose near end is at distance z; driving along the street, or across it."""
    length, width = rng.uniform(3.5, 4.8), rng.uniform(1.6, 1.9)
    waist, roof = rng.uniform(0.75, 1.0), rng.uniform(1.35, 1.75)
    if rng.random() < 0.12:  # A van or a truck: no waist to speak of.
        waist, roof, length = rng.uniform(1.1, 1.5), rng.uniform(2.0, 2.8), length * 1.25
    colour, glass = pick(rng, CARS), pick(rng, [(40, 45, 55), (110, 130, 150), (75, 75, 80)])
    long_x, long_z = (length, width) if across else (width, length)
    left, right, near, far = x - long_x / 2, x + long_x / 2, z, z + long_z
    shadow = [
        view.at(left - 0.2, 0, near - 0.2),
        view.at(right + 0.2, 0, near - 0.2),
        view.at(right + 0.2, 0, far),
        view.at(left - 0.2, 0, far),
    ]
    painter.polygon(shadow, (35, 35, 38), None, z)  # The shadow under a car is road.
    flank = left if left > 0 else right  # The side wall that the camera sees, if any.
    inset = 0.22 * length

    def walls(low: float, high: float, paint: Colour, shrink: float) -> None:
        sx, sz = (shrink, 0.15) if across else (0.12 if shrink else 0.0, shrink)
        edge = flank + (sx if flank == left else -sx)
        if left > 0 or right < 0:
            wall = [
                view.at(edge, low, near + sz),
                view.at(edge, high, near + sz * 1.6),
                view.at(edge, high, far - sz),
                view.at(edge, low, far - sz),
            ]
            painter.polygon(wall, shaded(paint, 0.8), CAR, z)
        back = [
            view.at(left + sx, low, near + sz * 0.4),
            view.at(left + sx * 1.5, high, near + sz * 0.6),
            view.at(right - sx * 1.5, high, near + sz * 0.6),
            view.at(right - sx, low, near + sz * 0.4),
        ]
        painter.polygon(back, paint, CAR, z)

    walls(0.25, waist, colour, 0.0)
    walls(waist, roof, colour, inset if across else 0.15)
    walls(waist + 0.05, roof - 0.12, glass, inset + 0.1 if across else 0.25)
    size = view.focal / z
    wheel = 0.31 * size
    if across:
        for wx in (left + 0.2 * length, right - 0.2 * length):
            painter.ellipse(view.at(wx, 0.31, near), (wheel, wheel), (28, 28, 30), CAR, z)
    else:
        for wz in (near + 0.2 * length, far - 0.2 * length):
            far_wheel = 0.31 * view.focal / wz
            painter.ellipse(view.at(flank, 0.31, wz), (far_wheel * 0.45, far_wheel), (28, 28, 30), CAR, z)
        for lx in (left + 0.2, right - 0.2):
            painter.ellipse(view.at(lx, 0.7, near), (0.14 * size, 0.1 * size), (190, 40, 35), CAR, z)
            painter.polygon(
                view.facing(lx - 0.12, lx + 0.12, 0, 0.3, near),
                (28, 28, 30),
                CAR,
                z,
            )


def person(rng: np.random.Generator, view: View, painter: Painter, x: float, z: float) -> None:
    """Somebody standing or walking: legs, torso, arms, head."""
    tall, stride = rng.uniform(1.1, 1.95), rng.uniform(-0.3, 0.3)
    size = view.focal / z
    top, bottom, skin = pick(rng, CLOTHES), pick(rng, CLOTHES), pick(rng, SKIN)
    hip, shoulder = 0.5 * tall, 0.82 * tall
    for foot in (-stride, stride):
        leg = [
            view.at(x - 0.1, hip, z),
            view.at(x + 0.1, hip, z),
            view.at(x + foot + 0.08, 0, z),
            view.at(x + foot - 0.08, 0, z),
        ]
        painter.polygon(leg, shaded(bottom, rng.uniform(0.85, 1)), PERSON, z)
    half = rng.uniform(0.2, 0.3)
    torso = [
        view.at(x - half, shoulder, z),
        view.at(x + half, shoulder, z),
        view.at(x + 0.8 * half, hip - 0.1, z),
        view.at(x - 0.8 * half, hip - 0.1, z),
    ]
    painter.polygon(torso, top, PERSON, z)
    for arm in (-1, 1):
        swing = x + arm * half + rng.uniform(-0.2, 0.2)
        sleeve = [
            view.at(x + arm * half, shoulder, z),
            view.at(x + arm * (half + 0.09), shoulder - 0.05, z),
            view.at(swing + 0.05, 0.95 * hip, z),
            view.at(swing - 0.05, 0.95 * hip, z),
        ]
        painter.polygon(sleeve, shaded(top, 0.85), PERSON, z)
    head = view.at(x, 0.91 * tall, z)
    painter.ellipse(head, (0.1 * size, 0.13 * size), skin, PERSON, z)
    hair = view.at(x, 0.95 * tall, z)
    painter.ellipse(
        hair, (0.1 * size, 0.08 * size), pick(rng, [(40, 32, 28), (110, 80, 50), (150, 150, 150)]), PERSON, z
    )


def pole(rng: np.random.Generator, view: View, painter: Painter, x: float, z: float) -> None:
    """A lamp post, a bare pole, or a pole that carries a sign or a traffic light."""
    tall, half, metal = rng.uniform(2.5, 6.5), rng.uniform(0.08, 0.15), pick(rng, METALS)
    shaft = view.facing(x - half, x + half, 0, tall, z)
    painter.polygon(shaft, metal, POLE, z)
    kind = rng.random()
    if kind < 0.25:
        reach = rng.choice([-1, 1]) * rng.uniform(0.8, 2.0)
        arm = [
            view.at(x, tall, z),
            view.at(x + reach, tall, z),
            view.at(x + reach, tall - 0.18, z),
            view.at(x, tall - 0.18, z),
        ]
        painter.polygon(arm, metal, POLE, z)
    elif kind < 0.85:
        y, wide, high = rng.uniform(2.0, max(2.1, tall - 0.4)), rng.uniform(0.4, 0.75), rng.uniform(0.4, 0.75)
        centre, size, colour = view.at(x, y, z), view.focal / z, pick(rng, SIGNS)
        if rng.random() < 0.5:
            painter.ellipse(centre, (wide * size, wide * size), colour, SIGN, z)
            painter.ellipse(centre, (0.6 * wide * size, 0.6 * wide * size), pick(rng, SIGNS), None, z)
        else:
            plate = view.facing(x - wide, x + wide, y - high, y + high, z)
            painter.polygon(plate, colour, SIGN, z)
            stripe = view.facing(x - 0.7 * wide, x + 0.7 * wide, y - 0.15, y + 0.15, z)
            painter.polygon(stripe, pick(rng, SIGNS), None, z)


def billboard(rng: np.random.Generator, view: View, painter: Painter, x: float, near: float) -> None:
    """An advertisement on a wall: sign colours that are building."""
    y, wide, high = rng.uniform(1.5, 4), rng.uniform(0.8, 2.5), rng.uniform(0.3, 1.0)
    plate = view.receding(x, y, y + high, near, near + wide)
    painter.polygon(plate, pick(rng, BRANDS), BUILDING, near)


def clutter(rng: np.random.Generator, view: View, painter: Painter, x: float, z: float) -> None:
    """A bin, box or barrier that belongs to no class."""
    wide, high = rng.uniform(0.2, 0.7), rng.uniform(0.4, 1.2)
    box = view.facing(x - wide, x + wide, 0, high, z)
    painter.polygon(box, pick(rng, CARS), VOID, z)
