"""Error analysis of boxes and masks: what holds for any pictures, and each kind of error is found as that kind."""

from __future__ import annotations

import random
from collections import Counter
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import analyse
from tests.detection_strategies import SIDE, Scene, fates, scenes

pytestmark = pytest.mark.fast
ERRORS = ("Cls", "Loc", "Both", "Dupe", "Bkg", "Miss")


def of(scene: Scene, kind: str = "box", *, pycocotools: bool = False) -> dict[str, Any]:
    return analyse(scene.truth, scene.detections, kind, pycocotools=pycocotools)


@given(scenes())
def test_the_difference_from_pycocotools_is_always_explained(scene: Scene) -> None:
    """AP that differs from pycocotools without a word is what users of the dead tools ask about."""
    found = of(scene, pycocotools=True)
    theirs = found["pycocotools"]
    assert all(difference["rule"] != "unknown" for difference in theirs["differences"])
    assert bool(theirs["differences"]) == (found["ap50"] != pytest.approx(theirs["ap50"], abs=1e-9))


@given(scenes())
def test_a_mask_that_is_a_box_has_the_errors_of_the_box(scene: Scene) -> None:
    box, mask = of(scene), of(scene, "mask")
    assert {**box, "kind": "mask"} == mask


@given(scenes())
def test_without_errors_nothing_is_wrong(scene: Scene) -> None:
    """Repaired one after the other, gains add up to what was missing; alone they need not (dbolya/tide issue 53)."""
    found = of(scene)
    total = (100 if found["ap50"] is None else found["ap50"]) + sum(found["progressive"].values())
    assert total == pytest.approx(100)
    last = found["curves"]["Miss"]
    assert last is None or last == pytest.approx([1.0] * 101)


@given(scenes())
def test_repairing_never_costs_and_never_gains_more_than_there_is(scene: Scene) -> None:
    found = of(scene)
    gains = [*found["main"].values(), *found["special"].values()]
    assert all(-1e-9 <= gain <= 100 - (100 if found["ap50"] is None else found["ap50"]) + 1e-9 for gain in gains)


@given(scenes())
def test_every_detection_has_one_label_and_counts_are_theirs(scene: Scene) -> None:
    found = of(scene)
    labels = Counter(found["label_of_detection"])
    assert labels.total() == len(scene.detections) and labels.keys() <= {"TP", *ERRORS}
    assert {error: labels[error] for error in ERRORS[:-1]} == {error: found["counts"][error] for error in ERRORS[:-1]}
    assert found["counts"]["Miss"] == len(found["missed_gt_index"])
    assert all(found["label_of_detection"][index] != "TP" for index in found["ignored_detections"])
    assert not any(scene.truth["annotations"][index]["iscrowd"] for index in found["missed_gt_index"])


@given(scenes())
def test_the_truth_itself_is_perfect(scene: Scene) -> None:
    objects = [one for one in scene.truth["annotations"] if not one["iscrowd"]]
    keys = ("image_id", "category_id", "bbox", "segmentation")
    found = Scene(scene.truth, [{**{key: one[key] for key in keys}, "score": 0.5} for one in objects])
    for kind in ("box", "mask"):
        report = of(found, kind)
        assert report["ap50"] == (pytest.approx(100) if objects else None)
        assert set(report["label_of_detection"]) <= {"TP"} and set(report["main"].values()) <= {0.0}
        assert report["ap_by_threshold"] == [report["ap50"]] * 10


@given(fates())
def test_each_kind_of_error_is_found_as_that_kind(drawn: tuple[Scene, list[str], int]) -> None:
    scene, labels, missed = drawn
    found = of(scene)
    assert found["label_of_detection"] == labels
    assert found["counts"]["Miss"] == missed
    assert all(found["main"][error] == 0 for error in ERRORS if not found["counts"][error])


@given(scenes(distinct_scores=True), st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(scene: Scene, by: random.Random) -> None:
    order = list(range(len(scene.detections)))
    by.shuffle(order)
    one, other = of(scene), of(Scene(scene.truth, [scene.detections[index] for index in order]))
    assert [one["label_of_detection"][index] for index in order] == other["label_of_detection"]
    assert sorted(order.index(index) for index in one["ignored_detections"]) == other["ignored_detections"]
    same = ("ap50", "ap_by_threshold", "main", "special", "progressive", "counts", "missed_gt_index", "per_class_ap50")
    assert all(one[key] == other[key] for key in same)


@given(scenes(), st.randoms(use_true_random=False))
def test_with_equal_scores_only_the_order_within_a_picture_matters(scene: Scene, by: random.Random) -> None:
    """Pictures may stand in any order, and so may detections of different ones: ids decide between equal scores."""
    truth = deepcopy(scene.truth)
    by.shuffle(truth["images"])
    by.shuffle(truth["categories"])
    order = sorted(range(len(scene.detections)), key=lambda index: scene.detections[index]["image_id"])
    one, other = of(scene), of(Scene(truth, [scene.detections[index] for index in order]))
    assert [one["label_of_detection"][index] for index in order] == other["label_of_detection"]
    assert all(one[key] == other[key] for key in ("ap50", "ap_by_threshold", "main", "special", "progressive"))


@given(scenes())
def test_ids_are_names_and_nothing_more(scene: Scene) -> None:
    """Ids from 0 on, with gaps, or texts, give the same report."""
    renamed = deepcopy(scene)
    for entry in [*renamed.truth["annotations"], *renamed.detections]:
        entry["image_id"], entry["category_id"] = f"{entry['image_id']:03}", 10 * entry["category_id"]
    for annotation in renamed.truth["annotations"]:
        annotation["id"] += 17
    for image in renamed.truth["images"]:
        image["id"] = f"{image['id']:03}"
    for category in renamed.truth["categories"]:
        category["id"] *= 10
    one, other = of(scene), of(renamed)
    other["per_class_ap50"] = {str(int(key) // 10): value for key, value in other["per_class_ap50"].items()}
    assert one == other


def test_the_surest_hundred_of_a_picture_count() -> None:
    """A thousand detections on a picture: those beyond the limit have no label, and pycocotools' limit is another."""
    annotations = [{"id": n, "image_id": 1, "category_id": n, "bbox": [0, 0, 10, 10]} for n in (1, 2)]
    truth = {"images": [{"id": 1}], "categories": [{"id": 1}, {"id": 2}], "annotations": annotations}
    wrong = [{"image_id": 1, "category_id": 1, "bbox": [50, 50, 5, 5], "score": 0.9 - n / 1e4} for n in range(999)]
    right = {"image_id": 1, "category_id": 2, "bbox": [0, 0, 10, 10], "score": 0.1}
    found = of(Scene(truth, [*wrong, right]), pycocotools=True)
    assert found["label_of_detection"] == ["Bkg"] * 100 + [None] * 900
    assert (found["ap50"], found["pycocotools"]["ap50"]) == (0, pytest.approx(50))
    assert [(one["rule"], one["ap50"]) for one in found["pycocotools"]["differences"]] == [
        ("limit_per_class", pytest.approx(50))
    ]


def test_an_annotation_of_id_0_is_found() -> None:
    """Pycocotools alone takes it for no match (cocodataset/cocoapi issue 664)."""
    one = {"id": 0, "image_id": 0, "category_id": 0, "bbox": [0, 0, 10, 10]}
    truth = {"images": [{"id": 0}], "categories": [{"id": 0}], "annotations": [one]}
    found = of(Scene(truth, [{**one, "score": 0.9}]), pycocotools=True)
    assert (found["ap50"], found["pycocotools"]["ap50"]) == (100, pytest.approx(100))


def test_half_in_a_crowd_region_is_where_pycocotools_differs() -> None:
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "iscrowd": 1},
        {"id": 2, "image_id": 1, "category_id": 1, "bbox": [50, 0, 10, 10], "iscrowd": 0},
    ]
    truth = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": annotations}
    half = {"image_id": 1, "category_id": 1, "bbox": [5, 0, 10, 10], "score": 0.9}
    right = {"image_id": 1, "category_id": 1, "bbox": [50, 0, 10, 10], "score": 0.8}
    found = of(Scene(truth, [half, right]), pycocotools=True)
    assert (found["ap50"], found["ignored_detections"]) == (pytest.approx(50), [])
    assert [one["rule"] for one in found["pycocotools"]["differences"]] == ["crowd_at_least"]
    deeper = of(Scene(truth, [{**half, "bbox": [4, 0, 10, 10]}, right]), pycocotools=True)
    assert (deeper["ap50"], deeper["ignored_detections"], deeper["label_of_detection"][0]) == (100, [0], "Bkg")
    assert not deeper["pycocotools"]["differences"]


def test_a_class_without_objects_is_where_pycocotools_differs() -> None:
    """Public report: dbolya/tide issue 28."""
    truth = {
        "images": [{"id": 1}],
        "categories": [{"id": 1}, {"id": 5}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10]}],
    }
    right = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.9}
    found = of(Scene(truth, [right, {**right, "category_id": 5, "score": 0.8}]), pycocotools=True)
    assert (found["ap50"], found["pycocotools"]["ap50"]) == (50, pytest.approx(100))
    assert [one["rule"] for one in found["pycocotools"]["differences"]] == ["classes_without_objects"]
    assert found["per_class_ap50"] == {"1": 100, "5": 0} and found["main"]["Cls"] == 50


def test_rounded_recalls_are_where_pycocotools_differs() -> None:
    """0.35 is below 35 * 0.01, so 35 of 100 objects are not enough for its precision at that recall."""
    assert 35 / 100 < 35 * 0.01
    annotations = [{"id": n, "image_id": n, "category_id": 1, "bbox": [0, 0, 10, 10]} for n in range(100)]
    truth = {"images": [{"id": n} for n in range(100)], "categories": [{"id": 1}], "annotations": annotations}
    report = of(Scene(truth, [{**one, "score": 0.5} for one in annotations[:35]]), pycocotools=True)
    assert report["ap50"] == pytest.approx(100 * 36 / 101)
    assert report["pycocotools"]["ap50"] == pytest.approx(100 * 35 / 101)
    assert [one["rule"] for one in report["pycocotools"]["differences"]] == ["recalls"]


@pytest.mark.parametrize(("objects", "detections"), [(0, 0), (0, 2), (3, 0)])
@pytest.mark.parametrize("kind", ["box", "mask"])
def test_nothing_to_find_or_nothing_found_divides_nothing_by_zero(objects: int, detections: int, kind: str) -> None:
    """Public reports: dbolya/tide issues 10 and 39."""
    box, shape = [0, 0, 8, 8], {"size": [SIDE, SIDE], "counts": [0, SIDE * SIDE]}
    entry = {"image_id": 1, "category_id": 1, "bbox": box, "segmentation": shape}
    truth = {
        "images": [{"id": 1, "height": SIDE, "width": SIDE}],
        "categories": [{"id": 1}],
        "annotations": [{**entry, "id": n, "iscrowd": 0} for n in range(objects)],
    }
    found = analyse(truth, [{**entry, "score": 0.5}] * detections, kind)
    assert found["ap50"] == (0 if objects or detections else None)
    expected = dict.fromkeys(ERRORS, 0.0)
    expected |= {"Miss": 100.0} if objects else {"Bkg": 100.0} if detections else {}
    assert found["main"] == expected
    assert (found["counts"]["Miss"], found["counts"]["Bkg"]) == (objects, detections)
