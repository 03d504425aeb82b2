"""The classes of an indoor scene, and the colours that they share."""

from __future__ import annotations

import numpy as np

from bench.data.drawing.painter import Colour
from bench.data.drawing.palettes import CARS, CLOTHES, GREENS, HOUSES, ROADS, SIGNS, SKIES, WALKS, pick

CLASS_NAMES = (
    "wall", "floor", "ceiling", "window", "door", "cabinet", "bed", "sofa", "table", "chair", "lamp", "picture", "rug",
    "curtain", "plant",
)  # fmt: skip
WALL, FLOOR, CEILING, WINDOW, DOOR, CABINET, BED, SOFA, TABLE, CHAIR, LAMP, PICTURE, RUG, CURTAIN, PLANT = range(15)
VOID = 255

SURFACES = HOUSES + SKIES + WALKS + ROADS
"""Walls, floors, ceilings, doors, and whatever is made of painted or plain wood."""
FABRICS = CLOTHES + CARS + HOUSES + GREENS + SKIES
"""Beds, sofas, rugs, curtains, covers, and painted furniture."""
EVERYTHING = SURFACES + FABRICS + SIGNS


def furniture_colour(rng: np.random.Generator) -> Colour:
    """Wood or paint or cloth: no piece has a colour of its own."""
    return pick(rng, SURFACES if rng.random() < 0.5 else FABRICS)
