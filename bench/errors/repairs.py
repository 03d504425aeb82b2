"""What is counted when errors of some types are repaired."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from bench.errors.outcome import CLASS, ERRORS, MISSED, Labels, Outcome
from bench.errors.precision import Tally
from bench.errors.problem import Ints, Problem
from bench.errors.ranking import Ranked


def counted(problem: Problem, ranked: Ranked, done: Outcome) -> Tally:
    """The detections that are not ignored, and all objects."""
    kept = ~done.ignored
    return Tally(ranked.scores[kept], done.taken[kept] >= 0, ranked.classes[kept], _by_class(problem, ~problem.crowd))


def repaired(problem: Problem, ranked: Ranked, done: Outcome, found: Labels, types: Collection[str]) -> Tally:
    """The same with every error of some types repaired.

    The surest error of class or place that points at an untaken object takes it, in the object's class and with its
    own score; the type's other errors go. Missed objects are no longer looked for.
    """
    mended = np.isin(found.kind, list(types))
    right = (done.taken >= 0) | (mended & found.repairs)
    kept = np.where(mended, found.repairs, ~done.ignored)
    classes = ranked.classes.copy()
    moved = mended & found.repairs & (found.kind == CLASS)
    classes[moved] = problem.class_of_object[found.target[moved]]
    sought = ~problem.crowd & ~found.missed if MISSED in types else ~problem.crowd
    return Tally(ranked.scores[kept], right[kept], classes[kept], _by_class(problem, sought))


def without_false_positives(tally: Tally) -> Tally:
    """Every right detection is surer than every wrong one."""
    return Tally(tally.hits.astype(float), tally.hits, tally.classes, tally.objects)


def without_false_negatives(problem: Problem, tally: Tally, done: Outcome) -> Tally:
    """Only objects that a detection takes are looked for."""
    return Tally(tally.scores, tally.hits, tally.classes, _by_class(problem, done.used))


def one_after_the_other() -> list[tuple[str, ...]]:
    """The types to be repaired at each step, none at the first."""
    return [ERRORS[:count] for count in range(len(ERRORS) + 1)]


def _by_class(problem: Problem, which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
    return np.bincount(problem.class_of_object[which], minlength=len(problem.categories))
