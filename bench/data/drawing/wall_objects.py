"""What is on the walls of a room: windows with curtains, doors, pictures. Each is painted by one function."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bench.data.drawing.carpenter import Carpenter, Place
from bench.data.drawing.palettes import GREENS, HOUSES, METALS, SKIES, pick, shaded
from bench.data.drawing.room_classes import CURTAIN, DOOR, EVERYTHING, FABRICS, PICTURE, SURFACES, WINDOW


def window(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """Panes that show the sky or dark, in a frame; often with curtains at its sides."""
    half, low, high = rng.uniform(0.4, 1.1), rng.uniform(0.5, 1.0), rng.uniform(1.8, 2.2)
    frame, outside = pick(rng, SURFACES), pick(rng, SKIES + GREENS + [(45, 50, 70), (240, 240, 240)])
    build.pane(place, (-half, half), (low, high), 0.01, frame, WINDOW)
    panes = int(rng.integers(1, 4))
    edges = np.linspace(-half, half, panes + 1)
    for left, right in pairwise(edges):
        build.pane(place, (left + 0.05, right - 0.05), (low + 0.05, high - 0.05), 0.01, outside, None)
    ground = low + rng.uniform(0, 0.5) * (high - low)  # Something green or built up outside.
    build.pane(place, (-half + 0.05, half - 0.05), (low + 0.05, ground), 0.01, pick(rng, GREENS + HOUSES), None)
    if rng.random() < 0.7:
        cloth, bottom, top = pick(rng, FABRICS), rng.choice([0.05, low - 0.15]), high + 0.12
        for side in (-1, 1):
            inner, outer = sorted((side * half * rng.uniform(0.5, 0.95), side * (half + 0.2)))
            build.pane(place, (inner, outer), (bottom, top), 0.08, cloth, CURTAIN)
            for x in np.arange(inner, outer, 0.14):  # Folds.
                build.pane(place, (x, x + 0.06), (bottom, top), 0.08, shaded(cloth, 0.85), None)


def door(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """A leaf with panels and a handle, in a frame."""
    half, high, leaf = rng.uniform(0.38, 0.48), rng.uniform(1.95, 2.1), pick(rng, SURFACES)
    build.pane(place, (-half - 0.07, half + 0.07), (0, high + 0.07), 0.01, pick(rng, SURFACES), DOOR)
    build.pane(place, (-half, half), (0, high), 0.01, leaf, None)
    rows = int(rng.integers(1, 4))
    edges = np.linspace(0.15, high - 0.1, rows + 1)
    for low, top in pairwise(edges):
        build.pane(place, (-half + 0.12, half - 0.12), (low + 0.06, top - 0.06), 0.01, shaded(leaf, 0.86), None)
    knob = rng.choice([-1, 1]) * (half - 0.06)
    build.pane(place, (knob - 0.04, knob + 0.04), (0.98, 1.06), 0.03, pick(rng, METALS), None)


def picture(rng: np.random.Generator, build: Carpenter, place: Place) -> None:
    """Anything in a frame: a landscape, an abstract."""
    half, middle, tall = rng.uniform(0.2, 0.55), rng.uniform(1.4, 1.75), rng.uniform(0.2, 0.4)
    build.pane(place, (-half, half), (middle - tall, middle + tall), 0.02, pick(rng, EVERYTHING), PICTURE)
    inner = 0.8 * half, 0.8 * tall
    canvas = pick(rng, EVERYTHING, 40)
    build.pane(place, (-inner[0], inner[0]), (middle - inner[1], middle + inner[1]), 0.02, canvas, None)
    for _ in range(int(rng.integers(1, 4))):
        x, y = sorted(rng.uniform(-inner[0], inner[0], 2)), sorted(middle + rng.uniform(-inner[1], inner[1], 2))
        build.pane(place, (x[0], x[1]), (y[0], y[1]), 0.02, pick(rng, EVERYTHING, 40), None)
