"""Average precision of boxes, masks and joints: that of loops, whatever is drawn, and what users trip over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import analyse
from supertickets.tasks.annotated import AnnotatedImages
from supertickets.tasks.coco_ap import Kind, as_coco, as_results, coco_metrics
from supertickets.tasks.detected import Detected
from supertickets.tasks.run_lengths import compressed
from supertickets.tasks.voc_ap import voc_metrics
from tests.oracles import naive_detection_ap as naive
from tests.scene_strategies import JOINTS, SIGMAS, annotated_images, scenes

pytestmark = pytest.mark.fast
KINDS: tuple[Kind, ...] = ("box", "mask", "keypoints")
MOST = {"box": 100, "mask": 100, "keypoints": 20}


def detected(boxes: np.ndarray, labels: np.ndarray, scores: np.ndarray, joints: np.ndarray, side: int) -> Detected:
    """Boxes of whole pixels, and their full areas as masks."""
    masks = torch.zeros(len(boxes), side, side, dtype=torch.uint8)
    for mask, (left, top, right, bottom) in zip(masks, boxes.astype(int).tolist(), strict=True):
        mask[top:bottom, left:right] = 1
    return Detected(
        torch.from_numpy(boxes.astype(np.float32)), torch.from_numpy(labels.astype(np.int64)),
        torch.from_numpy(scores.astype(np.float32)), compressed(masks), torch.from_numpy(joints.astype(np.float32)),
    )  # fmt: skip


def seen(split: AnnotatedImages, random: np.random.Generator, scores: int, most: int = 6) -> list[Detected]:
    """Of every picture some objects, moved a little or of another class, and some that are not there."""
    side = split.images.shape[2]
    found = []
    for picture in range(len(split)):
        rows = split.rows(picture)
        chosen = random.choice(range(rows.start, rows.stop), random.integers(0, most)) if rows.stop > rows.start else []
        near = split.boxes[list(chosen)].numpy() + random.integers(-2, 3, (len(chosen), 4)) * random.integers(0, 2)
        far = scenes(torch.tensor([int(random.integers(0, 3))]), random, 1, side)
        boxes = np.clip(np.concatenate([near.reshape(-1, 4), far.boxes.numpy()]), 0, side)
        boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2])
        labels = np.concatenate([split.labels[list(chosen)].numpy(), far.labels.numpy()])
        labels = np.where(random.random(len(labels)) < 0.2, random.integers(1, 4, len(labels)), labels)
        assert split.joints is not None and far.joints is not None
        joints = np.concatenate([split.joints[list(chosen)].numpy(), far.joints.numpy()])
        joints[..., :2] += random.normal(0, 0.3, joints[..., :2].shape)
        found.append(detected(boxes, labels, random.integers(1, scores + 1, len(boxes)) / scores, joints, side))
    return found


def taken_apart(
    split: AnnotatedImages, found: list[Detected], kind: Kind
) -> tuple[list[naive.Thing], list[naive.Guess], naive.Likeness]:
    things, guesses = [], []
    assert split.masks is not None and split.joints is not None
    for picture, one in enumerate(found):
        for row in range(len(split.boxes))[split.rows(picture)]:
            joints, box = split.joints[row].double().numpy(), split.boxes[row].double().numpy()
            shape: Any = {
                "box": box,
                "mask": split.masks[row].numpy() > 0,
                "keypoints": (joints, box, float(split.areas[row])),
            }[kind]
            unseen = kind == "keypoints" and not (joints[:, 2] > 0).any()
            things.append(naive.Thing(picture, int(split.labels[row]), shape, bool(split.ignored[row]), unseen))
        assert one.joints is not None
        for row, (label, score) in enumerate(zip(one.labels.tolist(), one.scores.tolist(), strict=True)):
            box = one.boxes[row].double().numpy()
            mask = np.zeros(split.images.shape[2:], bool)
            mask[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = True
            shape = {"box": box, "mask": mask, "keypoints": one.joints[row].double().numpy()}[kind]
            guesses.append(naive.Guess(picture, label, shape, score))
    likeness = {
        "box": naive.box_likeness, "mask": naive.mask_likeness,
        "keypoints": naive.person_likeness(np.array(SIGMAS)),
    }[kind]  # fmt: skip
    return things, guesses, likeness


def loops(split: AnnotatedImages, found: list[Detected], kind: Kind) -> dict[str, float]:
    things, guesses, likeness = taken_apart(split, found, kind)
    return {f"{kind}_{name}": ap for name, ap in naive.coco(things, guesses, likeness, MOST[kind]).items()}


@pytest.mark.parametrize("kind", KINDS)
@given(annotated_images(), st.integers(0, 2**32 - 1), st.sampled_from((1, 4, 1000)))
def test_coco_is_that_of_loops(kind: Kind, split: AnnotatedImages, seed: int, scores: int) -> None:
    found = seen(split, np.random.default_rng(seed), scores)
    assert coco_metrics(split, found, kind) == pytest.approx(loops(split, found, kind), abs=1e-9)


@given(annotated_images(), st.integers(0, 2**32 - 1), st.sampled_from((1, 4, 1000)))
def test_voc_is_that_of_loops(split: AnnotatedImages, seed: int, scores: int) -> None:
    found = seen(split, np.random.default_rng(seed), scores)
    things, guesses, _ = taken_apart(split, found, "box")
    difficult = [replace(thing, crowd=False, ignored=thing.crowd) for thing in things]
    expected = naive.voc(difficult, guesses)
    assert voc_metrics(split, found).get("voc_ap") == (None if expected is None else pytest.approx(expected))


def crowded(seed: int = 0) -> tuple[AnnotatedImages, list[Detected]]:
    """Twenty pictures of up to six objects, about half of them found."""
    random = np.random.default_rng(seed)
    counts = torch.from_numpy(random.integers(0, 7, 20))
    split = scenes(counts, random, 3, 16, random.random(int(counts.sum())) < 0.2)
    return split, seen(split, random, 50)


@pytest.mark.parametrize("kind", KINDS)
def test_no_easy_case(kind: Kind) -> None:
    """The comparisons above would pass if all were 0 or 100."""
    split, found = crowded()
    metrics = coco_metrics(split, found, kind)
    assert 3 < metrics[f"{kind}_ap"] < metrics[f"{kind}_ap50"] < 90
    assert metrics == pytest.approx(loops(split, found, kind), abs=1e-9)


def test_voc_is_no_easy_case() -> None:
    split, found = crowded()
    assert 3 < voc_metrics(split, found)["voc_ap"] < 90


def truth_as_found(split: AnnotatedImages, scores: float = 1.0) -> list[Detected]:
    assert split.masks is not None and split.joints is not None
    return [
        Detected(
            split.boxes[rows], split.labels[rows], torch.full((rows.stop - rows.start,), scores),
            compressed(split.masks[rows]), split.joints[rows],
        )
        for rows in map(split.rows, range(len(split)))
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_truth_scores_100_the_object_number_0_included(kind: Kind) -> None:
    """github.com/cocodataset/cocoapi/issues/664: an annotation of id 0 was a false positive."""
    split = scenes(torch.tensor([1, 0, 4, 2]), np.random.default_rng(3), 3, 64)
    expected = {f"{kind}_ap": 100.0, f"{kind}_ap50": 100.0}
    assert coco_metrics(split, truth_as_found(split), kind) == pytest.approx(expected)
    assert voc_metrics(split, truth_as_found(split)) == pytest.approx({"voc_ap": 100.0})


def nothing(pictures: int) -> list[Detected]:
    empty = torch.zeros(0)
    one = Detected(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), empty, [], torch.zeros(0, len(JOINTS), 3))
    return [one] * pictures


@pytest.mark.parametrize("kind", KINDS)
def test_no_detections_at_all_score_0(kind: Kind) -> None:
    """github.com/cocodataset/cocoapi/issues/450 and /675: IndexError in `loadRes`."""
    split = scenes(torch.tensor([2, 0, 3]), np.random.default_rng(0), 3, 16)
    assert coco_metrics(split, nothing(3), kind) == {f"{kind}_ap": 0.0, f"{kind}_ap50": 0.0}
    assert voc_metrics(split, nothing(3)) == {"voc_ap": 0.0}


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_to_be_found_there_is_no_number(kind: Kind) -> None:
    split = scenes(torch.tensor([2, 0]), np.random.default_rng(0), 3, 16, np.ones(2, bool))
    assert coco_metrics(split, truth_as_found(split), kind) == {}
    assert voc_metrics(split, truth_as_found(split)) == {}


def test_a_class_without_objects_does_not_count() -> None:
    split = scenes(torch.tensor([2, 1]), np.random.default_rng(0), 1, 16)
    more = replace(split, class_names=("a", "b", "c"))
    found = truth_as_found(split)
    found[0] = replace(
        found[0], boxes=found[0].boxes[:1], labels=torch.tensor([3]), scores=torch.ones(1), masks=None, joints=None
    )
    assert coco_metrics(more, found, "box") == coco_metrics(split, [*nothing(1), found[1]], "box")


def test_of_a_thousand_detections_the_hundred_surest_count() -> None:
    """Per picture and class; whoever gives more sees no warning, and a lower number."""
    split = scenes(torch.tensor([3]), np.random.default_rng(0), 1, 16)
    wrong = detected(
        np.tile([0, 0, 1, 1], (1000, 1)), np.ones(1000), np.linspace(0.5, 1, 1000), np.zeros((1000, 3, 3)), 16
    )
    right = truth_as_found(split, 0.4)[0]

    def both(first: int) -> list[Detected]:
        """The last `first` of the wrong ones, which are surest, and the right ones."""
        assert wrong.masks is not None and right.masks is not None
        return [
            Detected(
                torch.cat([wrong.boxes[-first:], right.boxes]), torch.cat([wrong.labels[-first:], right.labels]),
                torch.cat([wrong.scores[-first:], right.scores]), [*wrong.masks[-first:], *right.masks],
            )
        ]  # fmt: skip

    for kind in ("box", "mask"):
        assert coco_metrics(split, both(1000), kind)[f"{kind}_ap"] == 0
        assert coco_metrics(split, both(100), kind)[f"{kind}_ap"] == 0
        assert coco_metrics(split, both(98), kind)[f"{kind}_ap"] > 0
    assert voc_metrics(split, both(1000))["voc_ap"] == pytest.approx(100 * 3 / 1003), "VOC has no limit"


def test_detections_inside_a_crowd_are_not_wrong_however_many() -> None:
    """For VOC github.com/rafaelpadilla/review_object_detection_metrics/issues/48: difficult objects were counted."""
    split = scenes(torch.tensor([2]), np.random.default_rng(0), 1, 16, np.array([False, True]))
    split = replace(split, boxes=torch.tensor([[9.0, 9, 15, 15], [0, 0, 16, 8]]))
    inside = [[1.0, 1, 4, 4], [5, 1, 8, 5], [2, 2, 6, 6]]
    found = Detected(
        torch.tensor([*inside, [9.0, 9, 15, 15]]), torch.ones(4, dtype=torch.int64), torch.tensor([0.9, 0.8, 0.7, 0.1])
    )
    assert coco_metrics(split, [found], "box")["box_ap"] == pytest.approx(100)
    assert voc_metrics(split, [found])["voc_ap"] == pytest.approx(25), "VOC's difficult objects are no regions"


@pytest.mark.parametrize("kind", KINDS)
def test_people_without_joints_need_not_be_found_by_them(kind: Kind) -> None:
    split = scenes(torch.tensor([1, 1]), np.random.default_rng(0), 1, 16)
    assert split.joints is not None
    split.joints[1] = 0
    found = truth_as_found(split)
    found[1] = nothing(1)[0]
    expected = 100 if kind == "keypoints" else 100 * 51 / 101
    assert coco_metrics(split, found, kind)[f"{kind}_ap"] == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["box", "mask"])
def test_the_analysis_of_errors_reads_the_same_files(kind: Kind) -> None:
    split, found = crowded(1)
    report = analyse(as_coco(split), as_results(split, found, kind), kind)
    assert report["pycocotools"]["ap50"] == pytest.approx(coco_metrics(split, found, kind)[f"{kind}_ap50"])


def one_box(**fields: Any) -> Detected:
    given: dict[str, Any] = {
        "boxes": torch.tensor([[0.0, 0, 4, 4]]), "labels": torch.tensor([1]), "scores": torch.ones(1), **fields
    }  # fmt: skip
    return Detected(**given)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"scores": torch.tensor([torch.nan])}, "scores are not finite, so the net cannot be scored"),
        ({"boxes": torch.tensor([[0.0, 0, torch.inf, 4]])}, "boxes are not finite"),
        ({"boxes": torch.tensor([[4.0, 0, 0, 4]])}, "ends before it begins"),
        ({"labels": torch.tensor([1, 1])}, "give one per object"),
        ({"boxes": torch.zeros(1, 5)}, "give one per object"),
        ({"masks": []}, "give one per object"),
        ({"joints": torch.zeros(1, 3)}, r"not \(D, J, 3\)"),
    ],
)
def test_detections_that_make_no_sense_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        one_box(**fields)


def test_detections_of_something_else_are_refused() -> None:
    split = scenes(torch.tensor([1, 1]), np.random.default_rng(0), 2, 16)
    fitting = truth_as_found(split)
    with pytest.raises(ValueError, match="detections of 1 pictures for a split of 2"):
        coco_metrics(split, fitting[:1], "box")
    for label in (0, 3):
        with pytest.raises(ValueError, match=rf"image 1: class {label} detected, the data have 1 .. 2"):
            voc_metrics(split, [fitting[0], one_box(labels=torch.tensor([label]))])
    with pytest.raises(ValueError, match="detections without masks cannot be compared by them"):
        coco_metrics(split, [one_box()] * 2, "mask")
    with pytest.raises(ValueError, match=r"a detected mask is \[8, 8\], its picture \[16, 16\]"):
        coco_metrics(split, [one_box(masks=compressed(torch.zeros(1, 8, 8)))] * 2, "mask")
    with pytest.raises(ValueError, match="2 joints detected, the data have 3"):
        coco_metrics(split, [one_box(joints=torch.zeros(1, 2, 3))] * 2, "keypoints")
    alone = replace(split, masks=None)
    with pytest.raises(ValueError, match="the data have no masks: compare boxes"):
        coco_metrics(alone, fitting, "mask")


def test_half_an_overlap_is_enough_for_voc() -> None:
    split = replace(scenes(torch.tensor([1]), np.random.default_rng(0), 1, 16), boxes=torch.tensor([[0.0, 0, 4, 8]]))
    assert voc_metrics(split, [one_box()]) == {"voc_ap": pytest.approx(100)}
    assert voc_metrics(split, [one_box(boxes=torch.tensor([[0.0, 0, 4, 3.9]]))]) == {"voc_ap": 0}


def test_hidden_joints_are_labelled_joints() -> None:
    split = scenes(torch.tensor([1]), np.random.default_rng(0), 1, 16)
    assert split.joints is not None
    split.joints[0, :, 2] = torch.tensor([0, 1, 2])
    assert as_coco(split)["annotations"][0]["num_keypoints"] == 2
