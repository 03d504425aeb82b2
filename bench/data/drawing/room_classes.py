"""The classes of an indoor scene, and the colours that they share."""

from __future__ import annotations

import numpy as np

from bench.data.drawing.painter import Colour
from bench.data.drawing.palettes import CARS, CLOTHES, GREENS, HOUSES, ROADS, SIGNS, WALKS, pick

CLASS_NAMES = (
    "wall", "floor", "ceiling", "window", "door", "cabinet", "bed", "sofa", "table", "chair", "lamp", "picture", "rug",
    "curtain", "plant",
)  # fmt: skip
WALL, FLOOR, CEILING, WINDOW, DOOR, CABINET, BED, SOFA, TABLE, CHAIR, LAMP, PICTURE, RUG, CURTAIN, PLANT = range(15)
VOID = 255

WOODS: list[Colour] = [(150, 110, 75), (110, 75, 50), (185, 150, 110), (80, 58, 42)]
WALLS: list[Colour] = [
    (205, 200, 190), (190, 175, 150), (190, 195, 205), (225, 225, 225), (225, 195, 165), (165, 180, 190),
    (170, 185, 160), (150, 140, 135), (180, 150, 150), (215, 205, 150),
]  # fmt: skip
"""Walls and some ceilings: rather light, as they are."""
FLOORS = WOODS + ROADS + WALKS
SURFACES = WALLS + WOODS + HOUSES
"""Doors, frames, cabinets and other plain things: from the colours of walls to those of floors."""
FABRICS = CLOTHES + CARS + HOUSES + GREENS
"""Beds, sofas, rugs, curtains, covers, and painted furniture."""
EVERYTHING = SURFACES + FABRICS + SIGNS


def furniture_colour(rng: np.random.Generator) -> Colour:
    """Wood or paint or cloth: no piece has a colour of its own."""
    return pick(rng, WOODS if rng.random() < 0.5 else SURFACES + FABRICS)
