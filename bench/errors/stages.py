"""Precision over recall of keypoints as one error after the other, or each alone, is repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from bench.errors.crews import Crews, Matching, Score
from bench.errors.joint_labels import REPAIRS, JointLabels

MOST = 20
"""Detections of an image that count."""
THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))
"""OKS from which on a person is found."""

BASELINE, SCORE, FALSE_POSITIVES, FALSE_NEGATIVES = "baseline", "score", "bckgd_false_pos", "false_neg"


@dataclass(frozen=True)
class Stage:
    """Detections with something repaired.

    Attributes:
        name: what was repaired last.
        scores: OKS threshold -> precision and recall.
    """

    name: str
    scores: dict[float, Score]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One per threshold, the strictest first."""
        for threshold in reversed(THRESHOLDS):
            score = self.scores[threshold]
            yield {
                "oks": threshold, "areaRngLbl": "all", "maxDets": float(MOST), "err": self.name, "auc": score.area,
                "recall": score.recall,
            }  # fmt: skip


@dataclass(frozen=True)
class Repairs:
    """What can be repaired.

    Attributes:
        given: detections as they are.
        found: labels of their joints.
        best_scores: from detections to the scores that they should have had.
    """

    given: Crews
    found: JointLabels
    best_scores: Callable[[Crews], Any]

    def joints(self, *errors: str) -> Crews:
        """Detections with joint errors of some types repaired."""
        return replace(self.given, joints=self.found.repaired(self.given.joints, *errors))

    @cached_property
    def rescored(self) -> Crews:
        """Detections with all joints right, and in the best order."""
        right = self.joints(*REPAIRS)
        return replace(right, scores=self.best_scores(right))

    @cached_property
    def _joints_in_turn(self) -> list[Stage]:
        """Detections as they are, then with more and more types of joint errors repaired."""
        stages = [measured(error, self.joints(*REPAIRS[:count])) for count, error in enumerate(REPAIRS, 1)]
        return [measured(BASELINE, self.given), *stages]

    def in_turn(self, *, scores: bool) -> list[Stage]:
        """Joint errors, then scores if asked for, then false positives, then false negatives, each kept repaired."""
        last = self.rescored if scores else self.joints(*REPAIRS)
        return [
            *self._joints_in_turn,
            *([measured(SCORE, last)] if scores else []),
            measured(FALSE_POSITIVES, last, false_positives=False),
            measured(FALSE_NEGATIVES, last, false_positives=False, false_negatives=False),
        ]

    def alone(self) -> list[Stage]:
        """Each type of error repaired and nothing else, after the detections as they are."""
        return [
            *self._joints_in_turn[:2],
            *(measured(error, self.joints(error)) for error in REPAIRS[1:]),
            measured(SCORE, replace(self.given, scores=self.best_scores(self.given))),
            measured(FALSE_POSITIVES, self.given, false_positives=False),
            measured(FALSE_NEGATIVES, self.given, false_negatives=False),
        ]


def measured(name: str, given: Crews, **without: bool) -> Stage:
    """Match and measure at all thresholds; see `Matching.score`."""
    matching = Matching(given)
    return Stage(name, {threshold: matching.score(threshold, **without) for threshold in THRESHOLDS})
