"""Errors of boxes and masks: what each one costs in average precision (TIDE's definitions; docs/errors.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bench.errors.entries import Floats
from bench.errors.matching import Pairs, by_preference
from bench.errors.outcome import ERRORS, MISSED, Labels, Outcome, labels, outcome, same_class
from bench.errors.overlaps import Overlaps, overlaps
from bench.errors.precision import Tally, average_precision, curves, mean_curve
from bench.errors.problem import Problem
from bench.errors.ranking import Ranked, rank
from bench.errors.repairs import (
    counted,
    one_after_the_other,
    repaired,
    without_false_negatives,
    without_false_positives,
)
from bench.errors.rules import Rules
from bench.errors.shapes import Shapes

THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))
RIGHT = 0.5
"""IoU from which on a detection is right."""
BACKGROUND = 0.1
"""IoU up to which it shows nothing but background."""


@dataclass(frozen=True)
class Compared:
    """Detections in the order in which they count, and how far they overlap with annotations."""

    problem: Problem
    ranked: Ranked
    found: Overlaps
    rules: Rules

    @cached_property
    def candidates(self) -> Pairs:
        """Detections with objects of their class, in the order in which they choose."""
        own = self._of_one_class(self.found.objects)
        alike = np.zeros(len(self.problem.annotations), dtype=bool)
        return by_preference(own, alike, last_of_equal=self.rules.last_of_equal)

    @cached_property
    def regions(self) -> Pairs:
        """Detections with crowd regions of their class."""
        return self._of_one_class(self.found.regions)

    def outcome(self, threshold: float) -> Outcome:
        """What becomes of them at a threshold."""
        return outcome(self.problem, self.candidates, self.regions, len(self.ranked), threshold, self.rules)

    def tally(self, threshold: float) -> Tally:
        """What average precision at a threshold is counted from."""
        return counted(self.problem, self.ranked, self.outcome(threshold))

    def _of_one_class(self, pairs: Pairs) -> Pairs:
        return pairs.where(same_class(self.problem, self.ranked, pairs))


def compare(problem: Problem, shapes: tuple[Shapes, Shapes], rules: Rules | None = None) -> Compared:
    """Order detections and measure their overlaps.

    Args:
        problem: what to analyse.
        shapes: of its annotations and of its detections.
        rules: how to count; this analysis' own by default.
    """
    rules = rules or Rules()
    ranked = rank(problem, rules.limit, per_class=rules.limit_per_class)
    return Compared(problem, ranked, overlaps(problem, ranked, *shapes), rules)


def analyse_shapes(given: Compared) -> dict[str, Any]:
    """Average precision, the errors behind it and what each type costs; keys and units: docs/errors.md."""
    problem = given.problem
    done = given.outcome(RIGHT)
    found = labels(problem, given.ranked, given.found, done, RIGHT, BACKGROUND)
    before = counted(problem, given.ranked, done)
    ap, rules = average_precision(before, given.rules), given.rules

    def gain(tally: Tally) -> float:
        return _or_perfect(average_precision(tally, rules)) - _or_perfect(ap)

    def mended(*types: str) -> Tally:
        return repaired(problem, given.ranked, done, found, types)

    steps = [mended(*types) for types in one_after_the_other()]
    scores = [_or_perfect(average_precision(step, rules)) for step in steps]
    return {
        "ap50": ap,
        "ap_by_threshold": [average_precision(given.tally(threshold), rules) for threshold in THRESHOLDS],
        "main": {error: max(0.0, gain(mended(error))) for error in ERRORS},
        "special": {
            "FalsePos": gain(without_false_positives(before)),
            "FalseNeg": gain(without_false_negatives(problem, before, done)),
        },
        "progressive": dict(zip(ERRORS, np.maximum(np.diff(scores), 0).tolist(), strict=True)),
        "per_class_ap50": {
            str(problem.categories.items[number]["id"]): 100 * float(curve.mean())
            for number, curve in curves(before, rules).items()
        },
        **_by_entry(given, done, found),
        "curves": {
            name: _listed(mean_curve(step, rules)) for name, step in zip(("baseline", *ERRORS), steps, strict=True)
        },
    }


def _by_entry(given: Compared, done: Outcome, found: Labels) -> dict[str, Any]:
    """Labels of detections and objects by their position in the files."""
    kinds: list[str | None] = [None] * len(given.problem.detections)
    for index, kind in zip(given.ranked.index.tolist(), found.kind.tolist(), strict=True):
        kinds[index] = kind
    missed = np.flatnonzero(found.missed).tolist()
    return {
        "counts": {error: kinds.count(error) if error != MISSED else len(missed) for error in ERRORS},
        "label_of_detection": kinds,
        "ignored_detections": np.sort(given.ranked.index[done.ignored]).tolist(),
        "missed_gt_index": missed,
    }


def _or_perfect(ap: float | None) -> float:
    """Where nothing is to be found and nothing was, no error is left."""
    return 100.0 if ap is None else ap


def _listed(curve: Floats | None) -> list[float] | None:
    return None if curve is None else curve.tolist()
