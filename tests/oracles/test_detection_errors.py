"""Error analysis of boxes and masks against what tidecv and pycocotools say of the same files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bench.errors import analyse

pytestmark = pytest.mark.fast
GIVEN = json.loads(gzip.decompress(Path(__file__).with_name("data").joinpath("detection_errors.json.gz").read_bytes()))
KINDS = ("box", "mask")
LISTS = ("label_of_detection", "ignored_detections", "missed_gt_index", "counts")
NUMBERS = ("main", "special", "progressive", "per_class_ap50")


@pytest.fixture(scope="module", params=KINDS)
def both(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """What we say, and what is expected."""
    return analyse(GIVEN["truth"], GIVEN["detections"], request.param), GIVEN["expected"][request.param]


def test_the_report_has_all_keys(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    found, expected = both
    assert not expected.keys() - found.keys()


@pytest.mark.parametrize("key", LISTS)
def test_all_labels_are_equal(both: tuple[dict[str, Any], dict[str, Any]], key: str) -> None:
    found, expected = both
    assert found[key] == expected[key]


@pytest.mark.parametrize("key", NUMBERS)
def test_what_errors_cost(both: tuple[dict[str, Any], dict[str, Any]], key: str) -> None:
    found, expected = both
    assert found[key] == pytest.approx(expected[key], abs=1e-9, rel=0)


def test_average_precisions(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    found, expected = both
    assert found["ap50"] == pytest.approx(expected["ap50"], abs=1e-9, rel=0)
    assert found["ap_by_threshold"] == pytest.approx(expected["ap_by_threshold"], abs=1e-9, rel=0)


def test_pycocotools_numbers_are_its_own(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    found, expected = both
    assert found["coco_stats"] == pytest.approx(expected["coco_stats"], abs=1e-12, rel=0)
    assert found["pycocotools"]["ap50"] == pytest.approx(found["ap50"], abs=1e-9)
    assert found["pycocotools"]["differences"] == []
