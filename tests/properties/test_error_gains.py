"""What tables take from reports of errors: a number per type, never below 0, under a name of its own."""

from __future__ import annotations

from typing import Any

import pytest

from bench.errors.reading import OKS, curves_without_scores, gains
from paper_tables.metrics import ERRORS

pytestmark = pytest.mark.fast

TYPES = ("Cls", "Loc", "Both", "Dupe", "Bkg", "Miss")
IN_TURN = ("baseline", "miss", "swap", "inversion", "jitter", "bckgd_false_pos", "false_neg")


def joints(**areas: list[float | None]) -> dict[str, Any]:
    """A report of joints; areas by OKS threshold, in the order of `IN_TURN`."""
    by_oks = {0.5: areas["half"], 0.75: areas["strict"], 0.95: [0.0] * len(IN_TURN)}
    rows = [
        {"err": error, "oks": oks, "auc": found[i]} for i, error in enumerate(IN_TURN) for oks, found in by_oks.items()
    ]
    curves = {error: {str(oks): [found[i]] for oks, found in by_oks.items()} for i, error in enumerate(IN_TURN)}
    return {"kind": "keypoints", "cumulative_without_scores": rows, "curves_without_scores": curves}


@pytest.mark.parametrize("kind", ["box", "mask"])
def test_shapes_gain_what_the_report_says_of_each_type_alone(kind: str) -> None:
    found = gains({"kind": kind, "main": {error: 1.5 + i for i, error in enumerate(TYPES)}})
    assert found == {f"{kind}_{error.lower()}": 1.5 + i for i, error in enumerate(TYPES)}
    assert list(found) == [metric.key for metric in ERRORS if metric.key.startswith(kind)]


def test_joints_gain_area_after_area_and_never_less_than_nothing() -> None:
    report = joints(half=[0.5, 0.6, 0.6, 0.65, 0.7, 0.9, 1.0], strict=[0.2, 0.5, 0.4, 0.6, 0.6, 0.6, 1.0])
    found = gains(report)
    assert list(found) == [metric.key for metric in ERRORS if metric.key.startswith("joints")]
    expected = {
        "joints50_miss": 10, "joints50_swap": 0, "joints50_inversion": 5, "joints50_jitter": 5,
        "joints50_bckgd_false_pos": 20, "joints50_false_neg": 10, "joints75_miss": 30, "joints75_swap": 0,
        "joints75_inversion": 20, "joints75_jitter": 0, "joints75_bckgd_false_pos": 0, "joints75_false_neg": 40,
    }  # fmt: skip
    assert found == pytest.approx(expected)


def test_nobody_to_be_found_leaves_no_number() -> None:
    nothing: list[float | None] = [None] * len(IN_TURN)
    assert gains(joints(half=nothing, strict=nothing)) == {}


def test_curves_are_kept_at_the_thresholds_that_are_shown() -> None:
    areas: list[float | None] = [0.5, 0.6, 0.6, 0.65, 0.7, 0.9, 1.0]
    found = curves_without_scores(joints(half=areas, strict=areas))
    assert list(found) == [str(oks) for oks in OKS]
    assert all(curves == {error: [areas[i]] for i, error in enumerate(IN_TURN)} for curves in found.values())
