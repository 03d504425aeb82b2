"""One report from ground truth and detections, whatever they are of."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from bench.errors import differences, reference
from bench.errors.detection_errors import analyse_shapes, compare
from bench.errors.entries import AnalysisError
from bench.errors.keypoint_errors import SMALLEST, analyse_people
from bench.errors.people import people
from bench.errors.problem import Found, Problem, Truth, read
from bench.errors.shapes import SHAPES
from bench.errors.stages import BASELINE

KINDS = (*SHAPES, "keypoints")


def analyse(
    truth: Truth,
    detections: Found,
    kind: str,
    *,
    sigmas: Sequence[float] | None = None,
    smallest: float = SMALLEST,
    pycocotools: bool = True,
) -> dict[str, Any]:
    """Find the errors of detections, and what each type of them costs.

    Args:
        truth: annotations in COCO's layout, a JSON file or its content.
        detections: a list of COCO results, a JSON file or its content.
        kind: "box", "mask" or "keypoints".
        sigmas: OKS tolerances of the joints; None: COCO's.
        smallest: area in square pixels from which on people count.
        pycocotools: evaluate with pycocotools, too, and tell why its average precision differs; takes longer than all
            the rest.

    Returns:
        What can be written as JSON; keys and units: docs/errors.md. Average precisions are None where there is nothing
        to be found and nothing was.

    Raises:
        AnalysisError: for files that cannot be read or entries that cannot be used, naming file, entry and remedy.
    """
    if kind not in KINDS:
        raise AnalysisError(f"kind {kind!r}: give one of {', '.join(KINDS)}")
    problem = read(truth, detections)
    report = {"kind": kind, "notes": list(problem.notes)}
    if kind == "keypoints":
        return report | _of_people(problem, sigmas, smallest, pycocotools=pycocotools)
    return report | _of_shapes(problem, kind, pycocotools=pycocotools)


def _of_shapes(problem: Problem, kind: str, *, pycocotools: bool) -> dict[str, Any]:
    shapes = SHAPES[kind](problem)
    given = compare(problem, shapes)
    report = analyse_shapes(given)
    if pycocotools:
        stats = reference.of_shapes(problem, kind, *shapes)
        theirs = _defined(stats[1])
        why = differences.of_shapes(given, shapes, report["ap50"], theirs)
        report |= {"coco_stats": stats, "pycocotools": {"ap50": theirs, "differences": why}}
    return report


def _of_people(
    problem: Problem, sigmas: Sequence[float] | None, smallest: float, *, pycocotools: bool
) -> dict[str, Any]:
    who = people(problem, sigmas)
    report = analyse_people(problem, who, smallest)
    areas = [row["auc"] for row in report["cumulative"] if row["err"] == BASELINE]
    ours = None if None in areas else 100 * fmean(areas)
    report = {"ap": ours} | report
    if pycocotools:
        stats = reference.of_people(problem, who)
        theirs = _defined(stats[0])
        why = differences.of_people(smallest, ours, theirs)
        report |= {"coco_stats": stats, "pycocotools": {"ap": theirs, "differences": why}}
    return report


def _defined(number: float) -> float | None:
    """Percent, of a number for which -1 stands for undefined."""
    return None if number < 0 else 100 * number
