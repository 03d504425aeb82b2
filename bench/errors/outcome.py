"""What becomes of detections and objects at one threshold: taken, ignored, and which error each other one is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.errors.matching import Pairs, match
from bench.errors.overlaps import Overlaps
from bench.errors.problem import Bools, Ints, Problem
from bench.errors.ranking import Ranked
from bench.errors.rules import Rules

TRUE_POSITIVE = "TP"
CLASS, PLACE, BOTH, DUPLICATE, BACKGROUND, MISSED = ERRORS = ("Cls", "Loc", "Both", "Dupe", "Bkg", "Miss")
"""Types of errors, in the order in which they are reported and repaired one after the other."""


@dataclass(frozen=True)
class Outcome:
    """N ranked detections against G annotations.

    Attributes:
        taken: `(N,)`, the object that a detection takes; -1 for none.
        ignored: `(N,)`, takes none and lies in a crowd region of its class: it does not count.
        used: `(G,)`, taken by a detection.
    """

    taken: Ints
    ignored: Bools
    used: Bools


@dataclass(frozen=True)
class Labels:
    """The error that every detection without an object is, and the objects that were missed.

    Attributes:
        kind: `(N,)` texts: `TRUE_POSITIVE`, or the type of the error.
        target: `(N,)`, the object that an error of class or place points at; else -1.
        repairs: `(N,)`, the one that takes its object when its type of error is repaired.
        missed: `(G,)`, objects that nothing takes or points at.
    """

    kind: NDArray[np.str_]
    target: Ints
    repairs: Bools
    missed: Bools


def outcome(
    problem: Problem, candidates: Pairs, regions: Pairs, detections: int, threshold: float, rules: Rules
) -> Outcome:
    """Match detections at an IoU threshold.

    Args:
        problem: whose objects they are.
        candidates: detections with objects of their class, as `by_preference` sorts them.
        regions: detections with crowd regions of their class.
        detections: how many there are.
        threshold: IoU, and share of a detection in a crowd region.
        rules: how to count.
    """
    taken = match(candidates, threshold, detections, np.zeros(len(problem.annotations), dtype=bool))
    deep = regions.overlap >= threshold if rules.crowd_at_least else regions.overlap > threshold
    ignored = np.zeros(detections, dtype=bool)
    ignored[regions.detection[deep]] = True
    used = np.zeros(len(problem.annotations), dtype=bool)
    used[taken[taken >= 0]] = True
    return Outcome(taken, ignored & (taken < 0), used)


def labels(
    problem: Problem, ranked: Ranked, found: Overlaps, done: Outcome, threshold: float, background: float
) -> Labels:
    """Say what is wrong with every detection that takes no object: the first rule that holds.

    Args:
        problem, ranked, found, done: what happened.
        threshold: IoU from which on a detection is right.
        background: IoU up to which it shows nothing but background.
    """
    pairs, count = found.objects, len(ranked)
    same = same_class(problem, ranked, pairs)
    own, own_target = pairs.where(same).best(count)
    other, other_target = pairs.where(~same).best(count)
    used, _ = pairs.where(same & done.used[pairs.target]).best(count)
    alone = np.bincount(problem.image_of_object[~problem.crowd], minlength=len(problem.images))[ranked.image] == 0
    first_that_holds = (
        (TRUE_POSITIVE, done.taken >= 0),
        (BACKGROUND, alone),
        (PLACE, (own >= background) & (own <= threshold)),
        (CLASS, other >= threshold),
        (DUPLICATE, used >= threshold),
        (BACKGROUND, np.maximum(own, other) <= background),
    )
    kind = np.select([holds for _, holds in first_that_holds], [label for label, _ in first_that_holds], BOTH)
    target = np.select([kind == PLACE, kind == CLASS], [own_target, other_target], -1)
    pointing = np.flatnonzero(target >= 0)
    pointing = pointing[~done.used[target[pointing]]]
    repairs = np.zeros(count, dtype=bool)
    # of all errors that point at one object, whatever their type, the surest
    pointed_at, first = np.unique(target[pointing], return_index=True)
    repairs[pointing[first]] = True
    missed = ~problem.crowd & ~done.used
    missed[pointed_at] = False
    return Labels(kind, target, repairs, missed)


def same_class(problem: Problem, ranked: Ranked, pairs: Pairs) -> Bools:
    """`(P,)`: whether detection and object are of one class."""
    return ranked.classes[pairs.detection] == problem.class_of_object[pairs.target]
