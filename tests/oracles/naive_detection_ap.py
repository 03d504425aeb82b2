"""COCO's and VOC 2007's average precision written down as loops over the detections of one class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)


@dataclass(frozen=True)
class Thing:
    """Something annotated in a picture.

    Attributes:
        picture, label: where, and of which class.
        shape: a box, a mask, or a person, whatever likeness is measured between.
        crowd: any number of detections may lie in it.
        ignored: need not be found; a crowd never does.
    """

    picture: int
    label: int
    shape: Any
    crowd: bool = False
    ignored: bool = False


@dataclass(frozen=True)
class Guess:
    """Something detected."""

    picture: int
    label: int
    shape: Any
    score: float


Likeness = Callable[[Any, Any, bool], float]
"""Of something annotated and something detected; the last says whether the former is a crowd."""


def box_likeness(thing: np.ndarray, guess: np.ndarray, crowd: bool) -> float:
    """IoU of boxes between edges, or for a crowd the share of the detection inside."""
    width = min(thing[2], guess[2]) - max(thing[0], guess[0])
    height = min(thing[3], guess[3]) - max(thing[1], guess[1])
    shared = max(width, 0.0) * max(height, 0.0)
    own, other = ((box[2] - box[0]) * (box[3] - box[1]) for box in (guess, thing))
    return shared / (own if crowd else own + other - shared) if shared else 0.0


def mask_likeness(thing: np.ndarray, guess: np.ndarray, crowd: bool) -> float:
    """IoU of masks, or for a crowd the share of the detection inside."""
    shared = float((thing & guess).sum())
    return shared / float(guess.sum() if crowd else (thing | guess).sum()) if shared else 0.0


def person_likeness(sigmas: np.ndarray) -> Likeness:
    """OKS of `(joints (J, 3), box, area)` and joints `(J, 3)`.

    Of somebody without labelled joints, every joint is compared with the box, doubled on every side.
    """

    def likeness(thing: tuple[np.ndarray, np.ndarray, float], guess: np.ndarray, crowd: bool) -> float:
        joints, box, area = thing
        labelled = joints[:, 2] > 0
        if labelled.any():
            apart = (guess - joints)[labelled, :2]
        else:
            size = box[2:] - box[:2]
            low, high = box[:2] - size, box[:2] + 2 * size
            apart = np.maximum(low - guess[:, :2], 0) + np.maximum(guess[:, :2] - high, 0)
            labelled = ~labelled
        return float(np.exp(-(apart**2).sum(1) / (2 * sigmas[labelled] * 2 * sigmas[labelled] * 2 * area)).mean())

    return likeness


def coco(things: list[Thing], guesses: list[Guess], likeness: Likeness, most: int) -> dict[str, float]:
    """`ap` and `ap50` in percent; `most` detections per picture and class count."""
    labels = sorted({thing.label for thing in things if not (thing.crowd or thing.ignored)})
    areas = np.array([[_coco_area(things, guesses, likeness, most, label, t) for t in THRESHOLDS] for label in labels])
    return {"ap": 100 * float(areas.mean()), "ap50": 100 * float(areas[:, 0].mean())} if labels else {}


def _coco_area(
    things: list[Thing], guesses: list[Guess], likeness: Likeness, most: int, label: int, threshold: float
) -> float:
    ranked: list[tuple[float, bool]] = []
    pictures = sorted({one.picture for one in [*things, *guesses]})
    for picture in pictures:
        here = [thing for thing in things if (thing.picture, thing.label) == (picture, label)]
        mine = [guess for guess in guesses if (guess.picture, guess.label) == (picture, label)]
        taken: set[int] = set()
        for guess in sorted(mine, key=lambda guess: -guess.score)[:most]:
            likely = [likeness(thing.shape, guess.shape, thing.crowd) for thing in here]
            good = [
                place for place, value in enumerate(likely)
                if value >= threshold and (here[place].crowd or place not in taken)
            ]  # fmt: skip
            counts = [not (thing.crowd or thing.ignored) for thing in here]
            # whatever counts comes before what is ignored, and of equals the later one
            best = max(good, key=lambda place: (counts[place], likely[place], place), default=None)
            if best is None:
                ranked.append((guess.score, False))
                continue
            taken.add(best)
            if counts[best]:
                ranked.append((guess.score, True))
    sought = sum(thing.label == label and not (thing.crowd or thing.ignored) for thing in things)
    hits = np.cumsum([hit for _, hit in sorted(ranked, key=lambda pair: -pair[0])])
    precisions, recalls = hits / np.arange(1, len(hits) + 1), hits / sought
    return float(np.mean([max(precisions[recalls >= level], default=0.0) for level in np.linspace(0, 1, 101)]))


def voc(things: list[Thing], guesses: list[Guess]) -> float | None:
    """Mean AP in percent of boxes, at eleven recalls; None where nothing is to be found."""
    labels = sorted({thing.label for thing in things if not thing.ignored})
    areas = [_voc_area([t for t in things if t.label == label], guesses, label) for label in labels]
    return 100 * float(np.mean(areas)) if areas else None


def _voc_area(things: list[Thing], guesses: list[Guess], label: int) -> float:
    sought = sum(not thing.ignored for thing in things)
    mine = sorted((guess for guess in guesses if guess.label == label), key=lambda guess: (-guess.score, guess.picture))
    taken: set[int] = set()
    right, counted = 0, 0
    points: list[tuple[Fraction, float]] = []
    for guess in mine:
        here = [place for place, thing in enumerate(things) if thing.picture == guess.picture]
        likely = [box_likeness(things[place].shape, guess.shape, False) for place in here]
        # of equals the first one
        best = here[int(np.argmax(likely))] if likely and max(likely) >= 0.5 else None
        if best is not None and things[best].ignored:
            continue
        counted += 1
        if best is not None and best not in taken:
            taken.add(best)
            right += 1
        points.append((Fraction(right, sought), right / counted))
    return float(np.mean([max((p for r, p in points if r >= Fraction(step, 10)), default=0.0) for step in range(11)]))
