"""Error analysis of keypoints against what coco-analyze says of the same files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bench.errors import analyse

pytestmark = pytest.mark.fast
GIVEN = json.loads(gzip.decompress(Path(__file__).with_name("data").joinpath("keypoint_errors.json.gz").read_bytes()))
EXPECTED = GIVEN["expected"]
EQUAL = (
    "oks_thresholds", "labels_of_detection", "keypoint_totals", "matched_gt", "false_positive_detections_uncorrected",
    "false_positive_detections_after_correction", "false_negative_gt_after_correction",
)  # fmt: skip
NEAR = ("matched_oks", "optimal_score", "corrected_keypoints")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What we say."""
    return analyse(GIVEN["truth"], GIVEN["detections"], "keypoints")


@pytest.mark.parametrize("key", EQUAL)
def test_all_labels_are_equal(found: dict[str, Any], key: str) -> None:
    assert found[key] == EXPECTED[key]


@pytest.mark.parametrize("key", NEAR)
def test_numbers_of_detections(found: dict[str, Any], key: str) -> None:
    assert found[key].keys() == EXPECTED[key].keys()
    for detection, value in EXPECTED[key].items():
        assert found[key][detection] == pytest.approx(value, abs=1e-9, rel=0)


@pytest.mark.parametrize("key", ["cumulative", "cumulative_without_scores", "alone"])
def test_areas_and_recalls(found: dict[str, Any], key: str) -> None:
    ours = {(row["err"], row["oks"]): row for row in found[key]}
    for row in EXPECTED[key]:
        own = ours[row["err"], row["oks"]]
        assert own.keys() == row.keys() and (own["areaRngLbl"], own["maxDets"]) == (row["areaRngLbl"], row["maxDets"])
        assert (own["auc"], own["recall"]) == pytest.approx((row["auc"], row["recall"]), abs=1e-9, rel=0)


def test_the_curves_behind_them(found: dict[str, Any]) -> None:
    for error, curves in EXPECTED["curves"].items():
        for threshold, curve in curves.items():
            assert found["curves"][error][threshold] == pytest.approx(curve, abs=1e-8, rel=0)  # printed with 8 digits


def test_without_false_detections_and_missed_people_nothing_is_wrong(found: dict[str, Any]) -> None:
    last = [row for row in found["cumulative_without_scores"] if row["err"] == "false_neg"]
    assert len(last) == 10 and all((row["auc"], row["recall"]) == (1.0, 1.0) for row in last)
