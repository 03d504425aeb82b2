"""Twelve kinds of things, each painted by one function from random proportions.

All take the random generator and a `Brush`. Colours are the brush's: none belongs to a kind of thing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.data.drawing.brush import Brush
from bench.data.drawing.palettes import shaded

Paint = Callable[[np.random.Generator, Brush], None]


def aeroplane(rng: np.random.Generator, brush: Brush) -> None:
    """Seen from above, nose to the right."""
    thick, sweep, span = rng.uniform(0.14, 0.26), rng.uniform(0.0, 0.5), rng.uniform(0.65, 0.95)
    root, chord = rng.uniform(0.0, 0.25), rng.uniform(0.25, 0.42)
    for side in (-1, 1):
        tip = root - sweep - 0.1
        wing = [(root, 0), (tip, side * span), (tip - 0.5 * chord, side * span), (root - chord, 0)]
        brush.polygon(wing, brush.second)
        fin = [(-0.65, 0), (-0.85, side * 0.4 * span), (-0.98, side * 0.4 * span), (-0.95, 0)]
        brush.polygon(fin, shaded(brush.second, 0.85))
    brush.disc((-0.02, 0), (0.96, thick), brush.main)
    brush.disc((0.7, 0), (0.14, 0.5 * thick), brush.dark)


def bicycle(rng: np.random.Generator, brush: Brush) -> None:
    """Two wheels and a frame, facing right."""
    wheel, apart, tyre = rng.uniform(0.34, 0.44), rng.uniform(0.5, 0.58), rng.uniform(0.07, 0.13)
    for x in (-apart, apart):
        brush.ring((x, 0.4), (wheel, wheel), tyre, brush.dark if rng.random() < 0.5 else brush.second)
    pedals, saddle, head = (-0.02, 0.42), (-0.24, -0.22), (0.36, -0.2)
    tube = rng.uniform(0.07, 0.12)
    rear, fork = (-apart, 0.4), (apart, 0.4)
    frame = ((pedals, saddle), (saddle, head), (head, pedals), (pedals, rear), (saddle, rear), (head, fork))
    for start, end in frame:
        brush.bar(start, end, tube, brush.main)
    brush.bar((-0.4, -0.3), (-0.1, -0.3), 0.13, brush.second)
    brush.bar((0.36, -0.2), (0.3, -0.46), tube, brush.main)
    brush.bar((0.18, -0.48), (0.46, -0.42), 0.1, brush.second)


def bird(rng: np.random.Generator, brush: Brush) -> None:
    """Standing, facing right."""
    tilt, plump, neck = rng.uniform(-0.6, 0.1), rng.uniform(0.28, 0.44), rng.uniform(0.3, 0.6)
    cos, sin = np.cos(tilt), np.sin(tilt)
    tail = [(-0.4 * cos, -0.4 * sin - 0.12), (-1.0 * cos, -0.9 * sin + rng.uniform(-0.1, 0.25)), (-0.4, 0.2)]
    legs = rng.uniform(0.5, 0.95)
    for x in (-0.06, 0.12):
        brush.bar((x, 0.2), (x + rng.uniform(-0.08, 0.08), legs), 0.07, brush.dark)
    brush.polygon(tail, shaded(brush.main, 0.8))
    brush.disc((0, 0), (0.58, plump), brush.main, tilt)
    head = (0.5 * cos + 0.08, 0.5 * sin - neck * 0.7)
    brush.limb((0.3 * cos, 0.3 * sin), head, (0.4, 0.26), brush.main)
    brush.disc(head, (0.22, 0.2), brush.main if rng.random() < 0.6 else brush.second)
    beak = rng.uniform(0.2, 0.42)
    tip = (head[0] + 0.15 + beak, head[1] + 0.04)
    brush.polygon([(head[0] + 0.15, head[1] - 0.1), tip, (head[0] + 0.15, head[1] + 0.1)], brush.second)
    brush.disc((head[0] + 0.07, head[1] - 0.05), (0.06, 0.06), brush.dark)
    brush.disc((-0.12 * cos, -0.12 * sin), (0.38, 0.55 * plump), shaded(brush.second, 0.9), tilt - 0.2)


def boat(rng: np.random.Generator, brush: Brush) -> None:
    """A hull with one or two sails."""
    deep, mast = rng.uniform(0.22, 0.38), rng.uniform(-0.15, 0.2)
    top = rng.uniform(-0.98, -0.7)
    hull = [(-0.95, 0.45), (0.98, 0.42), (0.65, 0.45 + deep), (-0.7, 0.45 + deep)]
    brush.bar((mast, top), (mast, 0.45), 0.08, brush.dark)
    boom = rng.uniform(0.2, 0.4)
    brush.polygon([(mast - 0.06, top + 0.05), (mast - 0.06, boom), (-0.85, boom)], brush.second)
    if rng.random() < 0.7:
        brush.polygon([(mast + 0.08, top + 0.2), (mast + 0.08, boom), (0.85, boom)], shaded(brush.second, 0.8))
    brush.polygon(hull, brush.main)


def car(rng: np.random.Generator, brush: Brush) -> None:
    """Side view, facing right; also vans."""
    waist, roof, sill = rng.uniform(-0.12, 0.05), rng.uniform(-0.55, -0.4), rng.uniform(0.38, 0.46)
    back, front = rng.uniform(-0.95, -0.5), rng.uniform(0.1, 0.5)
    nose = front + rng.uniform(0.15, 0.4)
    cabin = [(back - 0.05, waist), (back + 0.12, roof), (front, roof), (min(nose, 0.9), waist)]
    brush.polygon(cabin, brush.main)
    glass = [(back + 0.1, waist), (back + 0.2, roof + 0.1), (front - 0.06, roof + 0.1), (min(nose, 0.9) - 0.14, waist)]
    brush.polygon(glass, brush.second)
    pillar = rng.uniform(back + 0.3, front - 0.1)
    brush.bar((pillar, roof), (pillar, waist), 0.1, brush.main)
    brush.polygon(
        [(-0.98, waist + 0.03), (nose, waist - 0.02), (0.97, waist + 0.12), (0.98, sill), (-0.98, sill)], brush.main
    )
    wheel = rng.uniform(0.18, 0.25)
    for x in (-0.58, 0.58):
        brush.disc((x, sill), (wheel, wheel), brush.dark)
        brush.disc((x, sill), (0.5 * wheel, 0.5 * wheel), brush.second)


def chair(rng: np.random.Generator, brush: Brush) -> None:
    """Seen obliquely: back, seat and four legs."""
    slant, seat = rng.uniform(0.1, 0.35), rng.uniform(0.0, 0.2)
    left, right, leg = -0.5, rng.uniform(0.3, 0.5), rng.uniform(0.1, 0.16)
    rear, foot = seat - 0.2, rng.uniform(0.8, 0.98)
    for x, y in ((left + slant, rear), (right + slant, rear), (left, seat), (right, seat)):
        brush.bar((x, y), (x + rng.uniform(-0.05, 0.05), foot - (0.18 if y == rear else 0)), leg, brush.dark)
    brush.polygon([(left, seat), (right, seat), (right + slant, rear), (left + slant, rear)], brush.second)
    brush.bar((left, seat + 0.03), (right, seat + 0.03), 0.1, shaded(brush.second, 0.75))
    top = rng.uniform(-0.98, -0.8)
    far, near = (left + slant, rear), (right + slant, rear)
    if rng.random() < 0.5:
        brush.polygon([far, near, (near[0], top), (far[0], top)], brush.main)
    else:
        for x in np.linspace(far[0], near[0], int(rng.integers(2, 5))):
            brush.bar((x, rear), (x, top), leg, brush.main)
        brush.bar((far[0], top), (near[0], top), 0.18, brush.main)


def cup(rng: np.random.Generator, brush: Brush) -> None:
    """A mug with one handle, seen from slightly above."""
    high, taper, wide = rng.uniform(0.5, 0.8), rng.uniform(0.55, 1.0), rng.uniform(0.5, 0.66)
    rim = rng.uniform(0.12, 0.24)
    brush.ring(
        (wide + 0.02, 0.0), (rng.uniform(0.24, 0.34), 0.5 * high), rng.uniform(0.11, 0.17), shaded(brush.main, 0.85)
    )
    brush.disc((0, high), (taper * wide, 0.8 * rim), brush.main)
    brush.polygon([(-wide, -high), (wide, -high), (taper * wide, high), (-taper * wide, high)], brush.main)
    if rng.random() < 0.5:
        brush.polygon([(-wide, -0.2), (wide, -0.2), (wide * 0.97, 0.2), (-wide * 0.97, 0.2)], brush.second)
    brush.disc((0, -high), (wide, rim), shaded(brush.main, 1.15))
    brush.disc((0, -high + 0.03), (0.82 * wide, 0.65 * rim), brush.dark)


def dog(rng: np.random.Generator, brush: Brush) -> None:
    """A four-legged animal, facing right."""
    long, thick, back = rng.uniform(0.5, 0.62), rng.uniform(0.18, 0.3), rng.uniform(-0.15, 0.1)
    foot, limb = rng.uniform(0.75, 0.98), rng.uniform(0.12, 0.2)
    for x, shade in ((-long + 0.08, 0.75), (long - 0.12, 0.75), (-long + 0.16, 1.0), (long - 0.04, 1.0)):
        brush.limb((x, back), (x + rng.uniform(-0.25, 0.25), foot), (limb + 0.06, limb), shaded(brush.main, shade))
    brush.disc((0, back), (long + 0.12, thick), brush.main)
    brush.limb((-long, back - 0.05), (-0.95, back + rng.uniform(-0.6, 0.3)), (0.16, 0.06), brush.main)
    head = (rng.uniform(0.6, 0.75), back - rng.uniform(0.3, 0.6))
    brush.limb((long - 0.1, back - 0.02), head, (0.34, 0.26), brush.main)
    brush.disc(head, (0.24, 0.19), brush.main)
    brush.disc((head[0] + 0.2, head[1] + 0.06), (0.15, 0.1), shaded(brush.main, 0.9))
    ear = rng.choice([-1.0, 1.0])
    tip = (head[0] - 0.14, head[1] - 0.36 * ear)
    brush.polygon([(head[0] - 0.2, head[1] - 0.08), (head[0] + 0.02, head[1] - 0.14), tip], brush.second)
    brush.disc((head[0] + 0.08, head[1] - 0.04), (0.05, 0.05), brush.dark)


def fish(rng: np.random.Generator, brush: Brush) -> None:
    """Side view, facing right."""
    long, deep = rng.uniform(0.62, 0.75), rng.uniform(0.24, 0.46)
    fork = rng.uniform(0.0, 0.25)
    brush.polygon([(-0.45, 0), (-0.98, -0.45), (-0.98 + fork, 0), (-0.98, 0.45)], brush.second)
    brush.polygon([(-0.3, -deep * 0.6), (0.0, -deep - rng.uniform(0.1, 0.35)), (0.35, -deep * 0.6)], brush.second)
    brush.polygon([(-0.1, deep * 0.6), (-0.2, deep + rng.uniform(0.05, 0.25)), (0.2, deep * 0.6)], brush.second)
    brush.disc((0.18, 0), (long, deep), brush.main)
    for x in np.linspace(-0.2, 0.35, int(rng.integers(0, 4))):
        brush.bar((x, -0.8 * deep), (x, 0.8 * deep), 0.09, shaded(brush.second, 0.9))
    brush.disc((0.62, -0.25 * deep), (0.08, 0.08), brush.dark)


def flower(rng: np.random.Generator, brush: Brush) -> None:
    """A blossom seen from the front, on a stem."""
    petals, middle, lean = int(rng.integers(5, 9)), rng.uniform(-0.5, -0.3), rng.uniform(-0.25, 0.25)
    brush.bar((0, middle), (lean, 0.98), rng.uniform(0.08, 0.14), brush.dark)
    for side in (-1, 1):
        if rng.random() < 0.7:
            centre = (0.5 * lean + side * 0.28, rng.uniform(0.3, 0.7))
            brush.disc(centre, (0.3, 0.12), shaded(brush.dark, 1.3), -side * rng.uniform(0.3, 0.9))
    reach, wide = rng.uniform(0.3, 0.36), rng.uniform(0.11, 0.17)
    for turn in np.linspace(0, 2 * np.pi, petals, endpoint=False) + rng.uniform(0, 1):
        petal = (reach * np.cos(turn), middle + reach * np.sin(turn))
        brush.disc(petal, (0.22, wide), shaded(brush.main, rng.uniform(0.85, 1.1)), turn)
    brush.disc((0, middle), (0.17, 0.17), brush.second)


def house(rng: np.random.Generator, brush: Brush) -> None:
    """A front with a gable."""
    wide, eaves, ridge = rng.uniform(0.6, 0.85), rng.uniform(-0.25, 0.1), rng.uniform(-0.95, -0.6)
    if rng.random() < 0.6:
        x = rng.uniform(0.2, 0.5)
        brush.bar((x, ridge), (x, eaves), 0.2, brush.dark)
    brush.polygon([(-wide, eaves), (wide, eaves), (wide, 0.9), (-wide, 0.9)], brush.main)
    over = wide + 0.12
    brush.polygon([(-over, eaves), (rng.uniform(-0.15, 0.15), ridge), (over, eaves)], brush.second)
    door = rng.uniform(-0.35, 0.35)
    brush.bar((door, 0.35), (door, 0.9), 0.28, brush.dark)
    for x in (-0.55 * wide, 0.55 * wide):
        if abs(x - door) > 0.3:
            brush.bar((x, 0.2), (x, 0.5), 0.26, shaded(brush.second, 1.2))


def umbrella(rng: np.random.Generator, brush: Brush) -> None:
    """Open, with a hooked handle."""
    rim, top = rng.uniform(-0.1, 0.1), rng.uniform(0.75, 0.98)
    brush.bar((0, rim - 0.2), (0, 0.8), rng.uniform(0.07, 0.12), brush.dark)
    hook = 0.14
    brush.bar((0, 0.8), (hook, 0.92), 0.1, brush.dark)
    brush.bar((hook, 0.92), (2 * hook, 0.78), 0.1, brush.dark)
    brush.segment((0, rim), (0.95, top), brush.main, np.pi, 2 * np.pi)
    panels = int(rng.integers(2, 5))
    edges = np.linspace(-0.95, 0.95, 2 * panels)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        brush.polygon([(0, rim - top), (first, rim), (last, rim)], brush.second)
    brush.bar((0, rim - top - 0.1), (0, rim - top + 0.1), 0.07, brush.dark)


PAINTERS: dict[str, Paint] = {
    paint.__name__: paint
    for paint in (aeroplane, bicycle, bird, boat, car, chair, cup, dog, fish, flower, house, umbrella)
}
"""Class name -> the function that paints it."""
