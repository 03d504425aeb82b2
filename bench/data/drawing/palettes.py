"""The colours things have; classes share them on purpose: grey cars on grey roads, green coats, brown houses."""

from __future__ import annotations

import numpy as np

from bench.data.drawing.painter import Colour

SKIES: list[Colour] = [(120, 165, 220), (190, 195, 200), (225, 228, 230), (150, 150, 160), (225, 190, 160)]
ROADS: list[Colour] = [(95, 95, 98), (125, 120, 115), (75, 78, 84), (140, 138, 136), (110, 100, 92)]
WALKS: list[Colour] = [(140, 135, 130), (110, 108, 106), (165, 150, 135), (125, 105, 98), (90, 92, 96)]
GREENS: list[Colour] = [(65, 105, 45), (95, 130, 55), (50, 80, 45), (130, 120, 55), (80, 90, 45), (125, 80, 40)]
HOUSES: list[Colour] = [
    (150, 120, 100), (175, 160, 140), (120, 80, 65), (140, 140, 145), (200, 195, 185), (95, 95, 100), (165, 175, 185),
    (110, 115, 90),
]  # fmt: skip
CARS: list[Colour] = [
    (225, 225, 225), (40, 42, 46), (120, 122, 126), (165, 168, 172), (140, 35, 35), (40, 60, 120), (60, 85, 60),
    (150, 130, 100), (190, 160, 60),
]  # fmt: skip
CLOTHES: list[Colour] = [
    (35, 38, 50), (60, 70, 110), (120, 40, 40), (200, 200, 200), (110, 105, 95), (70, 90, 60), (150, 130, 110),
    (190, 150, 60), (90, 90, 95),
]  # fmt: skip
SKIN: list[Colour] = [(220, 180, 150), (185, 140, 110), (120, 85, 65)]
METALS: list[Colour] = [(90, 92, 95), (140, 140, 140), (60, 65, 62), (110, 90, 75), (175, 175, 172)]
SIGNS: list[Colour] = [(215, 35, 40), (30, 75, 185), (235, 235, 235), (230, 195, 40), (20, 125, 75)]
BRANDS: list[Colour] = SIGNS + CARS
HAIRS: list[Colour] = [(40, 32, 28), (75, 50, 35), (150, 115, 70), (150, 150, 150), (110, 60, 40)]


def pick(rng: np.random.Generator, palette: list[Colour], spread: float = 18.0) -> Colour:
    """A colour of the palette, moved by up to `spread` grey levels per channel."""
    base = palette[rng.integers(len(palette))]
    jitter = rng.uniform(-spread, spread, 3)
    return (base[0] + jitter[0], base[1] + jitter[1], base[2] + jitter[2])


def shaded(colour: Colour, factor: float) -> Colour:
    """The colour at another brightness."""
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)
