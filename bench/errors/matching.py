"""Detections take objects, the surest detection first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.errors.entries import Floats
from bench.errors.problem import Bools, Ints


@dataclass(frozen=True)
class Pairs:
    """Detections and objects of one image each that overlap.

    Attributes:
        detection, target: `(P,)`, positions; detections of one image are numbered by falling score.
        overlap: `(P,)`, 0..1.
    """

    detection: Ints
    target: Ints
    overlap: Floats

    def where(self, which: Bools | Ints) -> Pairs:
        """Some of them, in the order in which they are asked for."""
        return Pairs(self.detection[which], self.target[which], self.overlap[which])

    def best(self, detections: int) -> tuple[Floats, Ints]:
        """`(N,)` each: a detection's greatest overlap, else 0, and its target, else -1; of equal ones the first."""
        order = np.lexsort((self.target, -self.overlap, self.detection))
        found, first = np.unique(self.detection[order], return_index=True)
        greatest, target = np.zeros(detections), np.full(detections, -1)
        greatest[found], target[found] = self.overlap[order][first], self.target[order][first]
        return greatest, target


def by_preference(pairs: Pairs, ignored: Bools, *, last_of_equal: bool) -> Pairs:
    """Sort pairs as detections choose: objects before ignored ones, then by overlap, then by position.

    Args:
        pairs: candidates.
        ignored: `(G,)`, targets that no detection takes while a better one is free.
        last_of_equal: of equal overlaps the last target is chosen and not the first.
    """
    position = -pairs.target if last_of_equal else pairs.target
    return pairs.where(np.lexsort((position, -pairs.overlap, ignored[pairs.target], pairs.detection)))


def match(pairs: Pairs, least: float, detections: int, shared: Bools) -> Ints:
    """`(N,)`: the target that each detection takes, -1 for none.

    Args:
        pairs: candidates as `by_preference` sorts them.
        least: overlap that is enough.
        detections: how many there are.
        shared: `(G,)`, targets that any number of detections may take.
    """
    taken = [-1] * detections
    free = [True] * len(shared)
    enough = pairs.where(pairs.overlap >= least)
    for detection, target in zip(enough.detection.tolist(), enough.target.tolist(), strict=True):
        if taken[detection] < 0 and free[target]:
            taken[detection] = target
            free[target] = bool(shared[target])
    return np.array(taken, dtype=np.int64)
