"""One picture with one to three people, and what an annotator would write down about each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from bench.data.drawing.body import INDEX, JOINTS, pose
from bench.data.drawing.figure import PARTS_PER_PERSON, Figure, paint_clutter, paint_figure
from bench.data.drawing.painter import SUPERSAMPLING, Painter, camera, smooth_noise
from bench.data.drawing.palettes import GREENS, ROADS, SKIES, WALKS, pick

OCCLUDER = 255
FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
GUESSED = 0.75
"""Probability that an annotator guesses where a hidden joint is (v = 1) instead of leaving it out (v = 0)."""
FORGOTTEN = 0.02
"""Probability that a joint is left out although it can be seen."""
PEOPLE = (0.40, 0.38, 0.22)
"""Probability of one, two and three people."""
SMALLEST, LARGEST = 0.32, (1.3, 1.1, 0.85)
"""Body heights as fractions of the picture's height; the largest one falls with the number of people."""


@dataclass(frozen=True)
class DrawnPerson:
    """Annotation of one person.

    Attributes:
        keypoints: float64 `(17, 3)`: x, y in pixels with pixel centres at integers, and v = 0, 1, 2; zeros where v = 0.
        box: `(x, y, width, height)` of the whole outline inside the picture, hidden parts included, as COCO
            measures boxes: from the picture's edge.
    """

    keypoints: np.ndarray
    box: tuple[float, float, float, float]


def people(rng: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, list[DrawnPerson]]:
    """Draw one picture of `size` = (H, W) pixels.

    Returns:
        uint8 `(H, W, 3)` and the people in it, from the farthest to the nearest.
    """
    height, width = size
    painter = Painter(height, width)
    _background(rng, painter)
    count = 1 + int(rng.choice(len(PEOPLE), p=PEOPLE))
    # Drawn in the order of their size: the nearer person is the larger one and stands in front.
    largest = LARGEST[count - 1]
    scales = np.sort(np.exp(rng.uniform(np.log(SMALLEST), np.log(largest), count))) * painter.height
    # Each person has a strip of the picture to stand in, and may reach into the next one's.
    strips = rng.permutation(count)
    figures, boxes = [], []
    for index, scale in enumerate(scales):
        across = (strips[index] + rng.uniform(0.2, 0.8)) / count
        centre = painter.width * across, painter.height * rng.uniform(0.35, 0.65)
        figure = Figure.place(pose(rng), centre, float(scale), 1 + index * PARTS_PER_PERSON)
        paint_figure(rng, painter, figure)
        figures.append(figure)
        boxes.append(_box(painter.label_map(), figure))
    paint_clutter(rng, painter, int(rng.integers(0, 3)), OCCLUDER, 0.22)
    labels = painter.label_map()
    # Keypoints only now: later figures and things may hide earlier ones.
    drawn = [
        DrawnPerson(seen_joints(rng, figure, labels), box)
        for figure, box in zip(figures, boxes, strict=True)
        if box is not None
    ]
    # Texture on the small picture: on the double-size one it would cost more than all the drawing.
    person = labels[::SUPERSAMPLING, ::SUPERSAMPLING] > 0
    grain = np.where(person, np.float32(0.03), np.float32(0.06)) * rng.standard_normal(size, dtype=np.float32)
    light = np.float32(0.15) * smooth_noise(rng, size, (5, 5))
    return camera(rng, painter.averaged() * (1 + grain + light)[..., None], (1, 4)), drawn


def _background(rng: np.random.Generator, painter: Painter) -> None:
    """A wall above, a floor below, stains on both, and things standing about."""
    height, width = painter.height, painter.width
    places = GREENS + ROADS + SKIES + WALKS
    floor = int(height * rng.uniform(0.2, 0.9))
    picture = np.empty((height, width, 3), np.uint8)
    for rows in (slice(0, floor), slice(floor, height)):
        cells = int(rng.integers(3, 16))
        # Smooth stains are drawn as a handful of pixels and enlarged: far cheaper than noise at full size.
        stains = np.array(pick(rng, places, 30)) + rng.standard_normal((cells, cells, 3)) * rng.uniform(0, 14, 3)
        tile = Image.fromarray(np.clip(stains, 0, 255).astype(np.uint8))
        picture[rows] = np.asarray(tile.resize((width, rows.stop - rows.start), Image.Resampling.BICUBIC))
    painter.ground(picture, np.zeros((height, width), np.uint8))
    paint_clutter(rng, painter, int(rng.integers(3, 14)), None)


def _box(labels: np.ndarray, figure: Figure) -> tuple[float, float, float, float] | None:
    """Extent of the person just painted, None if it is outside the picture."""
    own = (labels >= figure.first_label) & (labels < figure.first_label + PARTS_PER_PERSON)
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    if len(rows) == 0:
        return None
    left, top = columns[0] / SUPERSAMPLING, rows[0] / SUPERSAMPLING
    right, bottom = (columns[-1] + 1) / SUPERSAMPLING, (rows[-1] + 1) / SUPERSAMPLING
    return float(left), float(top), float(right - left), float(bottom - top)


def seen_joints(rng: np.random.Generator, figure: Figure, labels: np.ndarray) -> np.ndarray:
    """A person's joints `(17, 3)` as `DrawnPerson` has them, from the double-size label map of the finished scene."""
    height, width = labels.shape
    keypoints = np.zeros((len(JOINTS), 3))
    guesses = rng.random(len(JOINTS))
    for name, index in INDEX.items():
        x, y = figure.joints[index]
        column, row = round(float(x)), round(float(y))
        if not (0 <= column < width and 0 <= row < height):
            continue
        # Nobody guesses the eyes of a person seen from behind.
        if name in FACE and figure.body.faces_away(name):
            continue
        seen = int(labels[row, column]) in figure.showing(name)
        if guesses[index] < (FORGOTTEN if seen else 1 - GUESSED):
            continue
        # A pixel of the picture is two of the double-size picture, so its centre lies between their centres.
        to_pixels = (np.array([x, y]) - 0.5 * (SUPERSAMPLING - 1)) / SUPERSAMPLING
        keypoints[index] = [*to_pixels, 2 if seen else 1]
    return keypoints
