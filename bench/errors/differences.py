"""Why average precision differs from pycocotools': its rules in place of ours, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.errors.detection_errors import RIGHT, Compared, compare
from bench.errors.precision import average_precision
from bench.errors.rules import PYCOCOTOOLS, Rules
from bench.errors.shapes import Shapes

WHY = {
    "limit_per_class": "counts the surest 100 detections of an image and class, not of an image",
    "classes_without_objects": "leaves classes out that have detections but no object; here they count as 0",
    "last_of_equal": "lets a detection take the last of several objects with equal IoU, not the first",
    "crowd_at_least": "ignores a detection of which exactly half lies in a crowd region; here it counts",
    "recalls": "computes the 101 recalls as j * 0.01, which at some j is a rounding error above j / 100",
    "smallest": "counts people of any size; here they count from an area of {:g} square pixels",
}
SAME = 1e-9
"""Percent up to which numbers are equal."""


def of_shapes(given: Compared, shapes: tuple[Shapes, Shapes], ours: float | None, theirs: float | None) -> Any:
    """What makes the difference at IoU 0.5: each rule that matters, and the average precision from there on."""
    return list(_differences(given, shapes, ours, theirs))


def _differences(
    given: Compared, shapes: tuple[Shapes, Shapes], ours: float | None, theirs: float | None
) -> Iterator[dict[str, Any]]:
    rules, last = Rules(), ours
    for rule, value in PYCOCOTOOLS.items():
        if _equal(last, theirs):
            return
        rules = replace(rules, **{rule: value})
        if rule == "limit_per_class":
            given = compare(given.problem, shapes, rules)
        now = average_precision(replace(given, rules=rules).tally(RIGHT), rules)
        if not _equal(now, last):
            yield {"rule": rule, "pycocotools": WHY[rule], "ap50": now}
        last = now
    if not _equal(last, theirs):
        yield {"rule": "unknown", "pycocotools": "differs for another reason", "ap50": theirs}


def of_people(smallest: float, ours: float | None, theirs: float | None) -> list[dict[str, Any]]:
    """The same for keypoints, where the smallest size that counts is all that differs."""
    if _equal(ours, theirs):
        return []
    return [{"rule": "smallest", "pycocotools": WHY["smallest"].format(smallest), "ap": theirs}]


def _equal(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) <= SAME
