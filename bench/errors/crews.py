"""Detected people of an image against annotated ones of the same image, matched as COCO does."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bench.errors.entries import Floats
from bench.errors.matching import Pairs, by_preference, match
from bench.errors.oks import extent, oks
from bench.errors.people import LARGEST, People
from bench.errors.precision import precisions
from bench.errors.problem import Bools, Ints, Problem
from bench.errors.ranking import Ranked
from bench.errors.rules import multiples


@dataclass(frozen=True)
class Crews:
    """N detections that count and G people, and who stands in the same image as whom.

    Attributes:
        people: joints, areas and tolerances.
        ranked: the detections.
        detection, person: `(P,)`, everybody of one image with everybody.
        crowd, ignored: `(G,)`, regions that any number of detections may take; who need not be found.
        smallest: area in square pixels from which on people count.
        joints: `(N, J, 2)` of detections.
        scores: `(N,)`.
    """

    people: People
    ranked: Ranked
    detection: Ints
    person: Ints
    crowd: Bools
    ignored: Bools
    smallest: float
    joints: Floats
    scores: Floats

    def similarities(self) -> Pairs:
        """Everybody's OKS with everybody."""
        return Pairs(self.detection, self.person, oks(self.people, self.joints, self.detection, self.person))


@dataclass(frozen=True)
class Score:
    """Precision and recall at one OKS threshold.

    Attributes:
        curve: `(101,)`; None when nobody has to be found.
        recall: 0..1; None likewise.
    """

    curve: Floats | None
    recall: float | None

    @property
    def area(self) -> float | None:
        """Area under the curve, 0..1."""
        return None if self.curve is None else float(self.curve.mean())


def crews(problem: Problem, people: People, ranked: Ranked, smallest: float) -> Crews:
    """Bring detections and people of the same images together."""
    by_image = np.argsort(problem.image_of_object, kind="stable")
    images = problem.image_of_object[by_image]
    first, last = (np.searchsorted(images, ranked.image, side) for side in ("left", "right"))
    many = last - first
    detection = np.repeat(np.arange(len(ranked)), many)
    place = np.arange(len(detection)) - np.repeat(np.cumsum(many) - many, many)
    return Crews(
        people, ranked, detection, by_image[first[detection] + place], problem.crowd,
        people.ignored(problem.crowd, smallest), smallest, people.found[ranked.index], ranked.scores,
    )  # fmt: skip


class Matching:
    """Detections take people; the overlaps are measured once for all thresholds."""

    def __init__(self, given: Crews) -> None:
        self.given = given
        order = np.lexsort((-given.scores, given.ranked.image))
        self._place = np.empty(len(order), dtype=np.int64)
        self._place[order] = np.arange(len(order))
        pairs = given.similarities()
        placed = replace(pairs, detection=self._place[pairs.detection])
        area = extent(given.joints)
        self._counts = (given.smallest <= area) & (area <= LARGEST)
        self._pairs = by_preference(placed, given.ignored, last_of_equal=True)

    def taken(self, threshold: float) -> Ints:
        """`(N,)`: the person that each detection takes at an OKS threshold, -1 for none."""
        return match(self._pairs, threshold, len(self._place), self.given.crowd)[self._place]

    def score(self, threshold: float, *, false_positives: bool = True, false_negatives: bool = True) -> Score:
        """Precision over recall at an OKS threshold.

        Args:
            threshold: OKS from which on a person is found.
            false_positives: count detections that take nobody; who takes whom is the same without them.
            false_negatives: look for people whom no detection takes.
        """
        given, taken = self.given, self.taken(threshold)
        sought = ~given.ignored
        if not false_negatives:
            sought &= np.isin(np.arange(len(sought)), taken)
        if not sought.any():
            return Score(None, None)
        wrong = (taken < 0) & self._counts & false_positives
        hits = (taken >= 0) & sought[taken]
        counted = wrong | hits
        curve = precisions(given.scores[counted], hits[counted], int(sought.sum()), multiples())
        return Score(curve, float(hits.sum() / sought.sum()))
