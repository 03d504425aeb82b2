"""Errors of keypoints: labels of joints, and what repairing them gains (Ronchi and Perona; docs/errors.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bench.errors.best_scores import best_scores
from bench.errors.crews import Crews, Matching, crews
from bench.errors.entries import Floats
from bench.errors.joint_labels import LABELS, JointLabels, label_joints
from bench.errors.people import People
from bench.errors.problem import Ints, Problem
from bench.errors.ranking import rank
from bench.errors.stages import MOST, THRESHOLDS, Repairs, Stage

SMALLEST = 32.0**2
"""Area in square pixels from which on people count, by default."""
DRAWN = (0.5, 0.75, 0.85)
"""OKS thresholds whose curves are told."""


def analyse_people(problem: Problem, people: People, smallest: float) -> dict[str, Any]:
    """Labels of joints and what repairing them gains; keys and units: docs/errors.md.

    Args:
        problem: of one category with joints.
        people: who is annotated and detected in it.
        smallest: area in square pixels from which on people count.
    """
    given = crews(problem, people, rank(problem, MOST), smallest)
    found = label_joints(given)
    repairs = Repairs(given, found, best_scores)
    rescored = repairs.rescored
    with_scores, without_scores = repairs.in_turn(scores=True), repairs.in_turn(scores=False)
    before, after = Matching(given), Matching(rescored)
    ids = [annotation["id"] for annotation in problem.annotations.items]
    return {
        "oks_thresholds": list(THRESHOLDS),
        "cumulative": _rows(with_scores),
        "cumulative_without_scores": _rows(without_scores),
        "alone": _rows(repairs.alone()),
        **_by_detection(given, found, ids),
        "optimal_score": _scores(given, rescored.scores),
        "false_positive_detections_after_correction": {
            str(threshold): _idle_detections(given, after.taken(threshold)) for threshold in THRESHOLDS
        },
        "false_negative_gt_after_correction": {
            str(threshold): _idle_people(ids, after.taken(threshold)) for threshold in THRESHOLDS
        },
        "false_positive_detections_uncorrected": {
            str(threshold): _idle_detections(given, before.taken(threshold)) for threshold in THRESHOLDS
        },
        "keypoint_totals": {label: int((found.kind == label).sum()) for label in LABELS},
        "curves": _curves(with_scores),
        "curves_without_scores": _curves(without_scores),
    }


def _rows(stages: Iterable[Stage]) -> list[dict[str, Any]]:
    return [row for stage in stages for row in stage.rows()]


def _curves(stages: Iterable[Stage]) -> dict[str, dict[str, Any]]:
    """Name of a stage -> OKS threshold -> 101 precisions, or None when nobody has to be found."""
    return {
        stage.name: {
            str(threshold): None if (curve := stage.scores[threshold].curve) is None else curve.tolist()
            for threshold in DRAWN
        }
        for stage in stages
    }


def _by_detection(given: Crews, found: JointLabels, ids: Sequence[Any]) -> dict[str, Any]:
    """What each detection is, by its number in the file; those whose person has no labelled joint have no labels."""
    numbers = (given.ranked.index + 1).tolist()
    labelled = np.flatnonzero((found.kind != "").any(axis=1)).tolist()
    marks = {label: (found.kind == label).astype(int).tolist() for label in LABELS}
    joints = np.concatenate([found.corrected, np.ones_like(found.corrected[..., :1])], axis=2)
    joints = joints.reshape(len(joints), 3 * joints.shape[1])
    taking = np.flatnonzero(found.taken >= 0).tolist()
    return {
        "labels_of_detection": {str(numbers[n]): {label: marks[label][n] for label in LABELS} for n in labelled},
        "corrected_keypoints": {str(numbers[n]): joints[n].tolist() for n in labelled},
        "matched_gt": {str(numbers[n]): ids[found.taken[n]] for n in taking},
        "matched_oks": {str(numbers[n]): float(found.overlap[n]) for n in taking},
    }


def _scores(given: Crews, scores: Floats) -> dict[str, float]:
    return {str(index + 1): score for index, score in zip(given.ranked.index.tolist(), scores.tolist(), strict=True)}


def _idle_detections(given: Crews, taken: Ints) -> list[int]:
    """Numbers of detections that take nobody."""
    return np.sort(given.ranked.index[taken < 0] + 1).tolist()


def _idle_people(ids: Sequence[Any], taken: Ints) -> list[Any]:
    """Ids of annotations that no detection takes, whether or not they have to be found."""
    return [ids[person] for person in np.setdiff1d(np.arange(len(ids)), taken).tolist()]
