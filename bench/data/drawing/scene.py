"""One picture with one to four things of given kinds, people among them if wanted, and a mask of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.data.drawing.body import JOINTS, pose
from bench.data.drawing.brush import Brush
from bench.data.drawing.figure import PARTS_PER_PERSON, Figure, paint_clutter, paint_figure
from bench.data.drawing.object_picture import paint_background, random_view, texture, thing_colours
from bench.data.drawing.objects import PAINTERS
from bench.data.drawing.painter import SUPERSAMPLING, Colour, Painter, camera
from bench.data.drawing.people import OCCLUDER, seen_joints

PERSON = "person"
PEOPLE = 0.4
"""Probability that a thing is a person, where people are among the kinds."""
THINGS = (0.22, 0.32, 0.28, 0.18)
"""Probability of one to four things."""
HEIGHTS = (0.35, 0.95)
"""Of upright people, as fractions of the picture's height; thereby their sizes are about those of other things."""
SCALES = (0.12, 0.32)
"""Half sides of other things, as fractions of the picture's height."""
CROWDED = 0.06
"""Probability that a group of people stands far off, where people are among the kinds."""
CROWD_HEIGHT = 0.22
LEAST_PIXELS = 24
"""Of a thing that an annotator would notice."""


@dataclass(frozen=True)
class DrawnThing:
    """Annotation of one thing.

    Attributes:
        name: its class.
        mask: bool `(H, W)`, where it is the foremost thing.
        joints: float64 `(17, 3)`: x, y in pixels with pixel centres at integers, and v = 0, 1, 2; zeros where v = 0,
            and for everything but people.
        crowd: whether it is a group of people, outlined as one.
        seen: share of its pixels that nothing hides.
    """

    name: str
    mask: np.ndarray
    joints: np.ndarray
    crowd: bool
    seen: float


@dataclass
class _Painted:
    name: str
    first_label: int
    figure: Figure | None
    crowd: bool
    pixels: int


def scene(rng: np.random.Generator, size: tuple[int, int], names: Sequence[str]) -> tuple[np.ndarray, list[DrawnThing]]:
    """Draw one picture of `size` = (H, W) pixels with things of the classes `names`.

    Returns:
        uint8 `(H, W, 3)` and the things in it, from the farthest to the nearest.
    """
    painter = Painter(*size)
    ground = paint_background(rng, painter)
    painted = [_crowd(rng, painter)] if PERSON in names and rng.random() < CROWDED else []
    count = 1 + int(rng.choice(len(THINGS), p=THINGS))
    # Drawn in the order of their size: the nearer thing is the larger one and stands in front.
    nearness = np.sort(rng.random(count))
    # Each thing has a strip of the picture to lie in, and may reach into the next one's.
    strips = rng.permutation(count)
    for strip, near in zip(strips, nearness, strict=True):
        across = painter.width * (strip + rng.uniform(0.2, 0.8)) / count
        centre = float(across), painter.height * float(rng.uniform(0.3, 0.7))
        name = _name(rng, names)
        first_label = 1 + PARTS_PER_PERSON * len(painted)
        if name == PERSON:
            painted.append(_person(rng, painter, first_label, centre, float(near)))
        else:
            painted.append(_thing(rng, painter, first_label, centre, float(near), name, ground))
    if rng.random() < 0.25:  # Something in front of the things.
        paint_clutter(rng, painter, 1, OCCLUDER, 0.2)
    labels = painter.label_map()
    # Joints and masks only now: later things may hide earlier ones.
    things = [thing for one in painted if (thing := _annotated(rng, one, labels)) is not None]
    foreground = labels[::SUPERSAMPLING, ::SUPERSAMPLING] > 0
    return camera(rng, painter.averaged() * texture(rng, foreground)[..., None], (2, 6)), things


def _name(rng: np.random.Generator, names: Sequence[str]) -> str:
    others = [name for name in names if name != PERSON]
    return PERSON if len(others) < len(names) and rng.random() < PEOPLE else others[rng.integers(len(others))]


def _between(bounds: tuple[float, float], share: float) -> float:
    """The number at a share of the way between two, in logarithms."""
    return float(bounds[0] ** (1 - share) * bounds[1] ** share)


def _person(
    rng: np.random.Generator, painter: Painter, first_label: int, centre: tuple[float, float], near: float
) -> _Painted:
    figure = Figure.place(pose(rng), centre, _between(HEIGHTS, near) * painter.height, first_label)
    paint_figure(rng, painter, figure)
    return _Painted(PERSON, first_label, figure, False, _pixels(painter.label_map(), first_label))


def _thing(
    rng: np.random.Generator, painter: Painter, first_label: int, centre: tuple[float, float], near: float, name: str,
    ground: Colour,
) -> _Painted:  # fmt: skip
    colours = thing_colours(rng, ground)
    matrix = _between(SCALES, near) * painter.height * random_view(rng, name)
    PAINTERS[name](rng, Brush(painter, matrix, centre, colours, first_label))
    return _Painted(name, first_label, None, False, _pixels(painter.label_map(), first_label))


def _crowd(rng: np.random.Generator, painter: Painter) -> _Painted:
    """A row of small people that nobody tells apart."""
    left, foot = rng.uniform(0, 0.6) * painter.width, rng.uniform(0.2, 0.6) * painter.height
    height = CROWD_HEIGHT * painter.height
    for place in range(int(rng.integers(5, 9))):
        centre = float(left + place * 0.3 * height), float(foot + rng.normal(0, 0.08) * height)
        paint_figure(rng, painter, Figure.place(pose(rng), centre, height * float(rng.uniform(0.8, 1.1)), 1))
    return _Painted(PERSON, 1, None, True, _pixels(painter.label_map(), 1))


def _own(labels: np.ndarray, first_label: int) -> np.ndarray:
    """Bool `(H, W)` at the picture's size: where the foremost thing has one of the labels from `first_label` on."""
    sampled = labels[::SUPERSAMPLING, ::SUPERSAMPLING]
    return (sampled >= first_label) & (sampled < first_label + PARTS_PER_PERSON)


def _pixels(labels: np.ndarray, first_label: int) -> int:
    return int(_own(labels, first_label).sum())


def _annotated(rng: np.random.Generator, one: _Painted, labels: np.ndarray) -> DrawnThing | None:
    """What an annotator writes down; None of something that can hardly be seen."""
    mask = _own(labels, one.first_label)
    if (left := int(mask.sum())) < LEAST_PIXELS:
        return None
    joints = np.zeros((len(JOINTS), 3)) if one.figure is None else seen_joints(rng, one.figure, labels)
    return DrawnThing(one.name, mask, joints, one.crowd, left / one.pixels)
