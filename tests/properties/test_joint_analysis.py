"""Error analysis of keypoints: what holds for any people, and each kind of error is found as that kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from bench.errors import analyse
from tests.detection_strategies import Scene
from tests.people_strategies import BODY, FATES, SIGMAS, at, crowds, found, person, truth, wrong_joints

pytestmark = pytest.mark.fast
ALL = np.ones(len(BODY), dtype=bool)


def of(scene: Scene, *, pycocotools: bool = False, smallest: float = 1024) -> dict[str, Any]:
    return analyse(
        scene.truth, scene.detections, "keypoints", sigmas=SIGMAS, smallest=smallest, pycocotools=pycocotools
    )


def areas(report: dict[str, Any], key: str = "cumulative_without_scores") -> dict[str, list[float]]:
    """Stage -> areas, the strictest threshold first."""
    errors = dict.fromkeys(row["err"] for row in report[key])
    return {error: [row["auc"] for row in report[key] if row["err"] == error] for error in errors}


@given(crowds())
def test_with_everyone_counted_it_is_pycocotools_number(scene: Scene) -> None:
    report = of(scene, pycocotools=True, smallest=0)
    assert report["ap"] == pytest.approx(report["pycocotools"]["ap"], abs=1e-9)
    assert report["pycocotools"]["differences"] == []


@given(crowds())
def test_else_the_size_that_counts_is_what_differs(scene: Scene) -> None:
    report = of(scene, pycocotools=True)
    same = report["ap"] == pytest.approx(report["pycocotools"]["ap"], abs=1e-9)
    assert [one["rule"] for one in report["pycocotools"]["differences"]] == ([] if same else ["smallest"])


@given(crowds())
def test_without_errors_nothing_is_wrong(scene: Scene) -> None:
    report = of(scene)
    for key in ("cumulative", "cumulative_without_scores"):
        last = areas(report, key)["false_neg"]
        assert all(area in (None, pytest.approx(1)) for area in last)


@given(crowds())
def test_labels_are_of_labelled_joints_of_matched_people(scene: Scene) -> None:
    report = of(scene)
    people = {annotation["id"]: annotation for annotation in scene.truth["annotations"]}
    assert report["labels_of_detection"].keys() <= report["matched_gt"].keys()
    for detection, marks in report["labels_of_detection"].items():
        flags = np.array(people[report["matched_gt"][detection]]["keypoints"][2::3]) > 0
        assert np.sum(list(marks.values()), axis=0).tolist() == flags.astype(int).tolist()
    without = [number for number, one in report["matched_gt"].items() if not people[one]["num_keypoints"]]
    assert not report["labels_of_detection"].keys() & set(without)
    assert sum(report["keypoint_totals"].values()) == sum(
        people[report["matched_gt"][number]]["num_keypoints"] for number in report["labels_of_detection"]
    )


@given(crowds())
def test_removing_false_detections_never_costs(scene: Scene) -> None:
    found = areas(of(scene), "alone")
    for error in ("bckgd_false_pos", "false_neg"):
        assert all(
            after is None or after >= before - 1e-12
            for before, after in zip(found["baseline"], found[error], strict=True)
        )


@given(wrong_joints())
def test_each_kind_of_error_is_found_as_that_kind(drawn: tuple[Scene, list[list[str]]]) -> None:
    scene, kinds = drawn
    report = of(scene)
    for number, own in enumerate(kinds, 1):
        marks = report["labels_of_detection"][str(number)]
        assert {label: [joint == label for joint in own] for label in FATES} == {
            label: [bool(mark) for mark in marks[label]] for label in FATES
        }


@given(wrong_joints())
def test_repaired_joints_make_people_found(drawn: tuple[Scene, list[list[str]]]) -> None:
    """Repaired joints have at least a similarity of 0.5^(1/4), which is 0.84: enough up to an OKS of 0.8."""
    found = areas(of(drawn[0]))
    assert found["jitter"][3:] == [1.0] * 7
    assert found["false_neg"] == [1.0] * 10


def test_the_truth_itself_is_perfect() -> None:
    people = [person(n, n // 2, at(300.0 * n), ALL) for n in range(6)]
    scene = Scene(truth([0, 1, 2], people), [found(n // 2, at(300.0 * n), 0.5) for n in range(6)])
    report = of(scene)
    assert report["ap"] == pytest.approx(100)
    assert report["keypoint_totals"] == {"good": 48, "jitter": 0, "inversion": 0, "swap": 0, "miss": 0}
    assert all(area == [1.0] * 10 for key in ("cumulative", "alone") for area in areas(report, key).values())


def test_people_without_joints_may_be_found_but_not_judged() -> None:
    nobody = person(4, 0, BODY, ~ALL)
    report = of(Scene(truth([0], [nobody]), [found(0, BODY, 0.9)]))
    assert (report["matched_gt"], report["labels_of_detection"]) == ({"1": 4}, {})
    assert report["ap"] is None and set(report["keypoint_totals"].values()) == {0}
    both = of(Scene(truth([0], [nobody, person(5, 0, at(300.0), ALL)]), [found(0, at(300.0), 0.9)]))
    assert both["ap"] == pytest.approx(100) and both["matched_gt"] == {"1": 5}


def test_the_surest_twenty_of_a_picture_count() -> None:
    scene = Scene(truth([0], [person(1, 0, BODY, ALL)]), [found(0, BODY, 1 - n / 100) for n in range(25)])
    report = of(scene)
    assert report["false_positive_detections_uncorrected"]["0.5"] == list(range(2, 21))


@pytest.mark.parametrize("count", [0, 2])
def test_no_detections_or_no_people_divide_nothing_by_zero(count: int) -> None:
    nobody = of(Scene(truth([0], []), [found(0, BODY, 0.5)] * count), pycocotools=True)
    assert nobody["ap"] is None and nobody["matched_gt"] == {} and nobody["pycocotools"]["differences"] == []
    unseen = of(Scene(truth([0], [person(n, 0, at(300.0 * n), ALL) for n in range(count)]), []), pycocotools=True)
    assert unseen["ap"] == (0 if count else None) and unseen["false_negative_gt_after_correction"]["0.5"] == list(
        range(count)
    )
