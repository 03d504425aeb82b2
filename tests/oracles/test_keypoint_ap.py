"""Keypoint AP: the truth scores 100 through the whole evaluation, and each number is the one its name says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.batches import Batches
from supertickets.recipe import Recipe
from supertickets.tasks import PersonCrops
from supertickets.tasks.heatmaps import draw_heatmaps
from supertickets.tasks.keypoint_ap import keypoint_metrics
from supertickets.tasks.pose import HeatmapTargets, Pose
from tests.oracles import naive_keypoint_ap

pytestmark = pytest.mark.fast
CPU = torch.device("cpu")
SIDE, SIZE, JOINTS = 60, (32, 24), 4
PAIRS = ((0, 2),)


def persons(
    areas: list[float], seed: int = 0, zoom: float = 2.5, corner: tuple[float, float] = (7.0, 11.0)
) -> PersonCrops:
    """One person per image, joints anywhere in the crop; the canvas is `zoom` times smaller, and turned a little."""
    random = torch.Generator().manual_seed(seed)
    count, margin = len(areas), 6.0
    room = torch.tensor([SIZE[1] - 1 - 2 * margin, SIZE[0] - 1 - 2 * margin])
    start = torch.tensor([(SIDE - SIZE[1]) / 2, (SIDE - SIZE[0]) / 2])
    joints = torch.rand(count, JOINTS, 2, generator=random) * room + margin + start
    # no symmetric matrix, which would hide a transposed one
    matrix = torch.tensor([[zoom, 0.4], [-0.6, zoom]])
    to_image = torch.cat([matrix, torch.tensor(corner)[:, None]], 1).expand(count, 2, 3)
    in_image = (matrix @ joints.unsqueeze(-1)).squeeze(-1) + torch.tensor(corner)
    annotations: list[dict[str, Any]] = [
        {
            "id": 10 + i, "image_id": i, "category_id": 1, "area": area, "iscrowd": 0, "num_keypoints": JOINTS,
            "bbox": [0.0, 0.0, 200.0, 200.0],
            "keypoints": [value for x, y in in_image[i].tolist() for value in (x, y, 2)],
        }
        for i, area in enumerate(areas)
    ]  # fmt: skip
    truth = {
        "images": [{"id": i, "width": 300, "height": 300} for i in range(count)],
        "categories": [{"id": 1, "name": "person", "keypoints": list("abcd"), "skeleton": []}],
        "annotations": annotations,
    }
    return PersonCrops(
        images=torch.randint(0, 256, (count, 3, SIDE, SIDE), generator=random, dtype=torch.uint8),
        joints=joints, visibility=torch.full((count, JOINTS), 2, dtype=torch.uint8), to_image=to_image,
        annotation_ids=torch.arange(10, 10 + count), ground_truth=truth, joint_names=tuple("abcd"),
        flip_pairs=PAIRS, sigmas=(0.02,) * JOINTS, upper_joints=(0, 1),
    )  # fmt: skip


def truth(split: PersonCrops) -> np.ndarray:
    rows = [annotation["keypoints"] for annotation in split.ground_truth["annotations"]]
    return np.array(rows).reshape(len(rows), JOINTS, 3)[:, :, :2]


MEDIUM, LARGE = 50.0**2, 120.0**2


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 3, 0, 1]])
def test_the_truth_scores_100_in_any_order(order: list[int]) -> None:
    split = persons([MEDIUM, LARGE, MEDIUM, LARGE])
    scores = np.linspace(0.1, 0.9, 16, dtype=np.float32).reshape(4, 4)
    metrics = keypoint_metrics(split, split.annotation_ids[order], truth(split)[order], scores)
    assert metrics == pytest.approx(dict.fromkeys(Pose.metrics, 100.0))


@pytest.mark.parametrize(("right", "expected"), [(MEDIUM, (100.0, 0.0)), (LARGE, (0.0, 100.0))])
def test_sizes_are_told_apart(right: float, expected: tuple[float, float]) -> None:
    split = persons([MEDIUM, LARGE])
    found = truth(split)
    found[0 if right == LARGE else 1] += 100.0
    metrics = keypoint_metrics(split, split.annotation_ids, found, np.ones((2, 4), np.float32))
    assert (metrics["ap_m"], metrics["ap_l"]) == pytest.approx(expected)


def test_a_size_without_persons_is_missing() -> None:
    split = persons([LARGE, LARGE])
    found = keypoint_metrics(split, split.annotation_ids, truth(split), np.ones((2, 4), np.float32))
    assert found.keys() == {"ap", "ap_l", "ar"}


def by_hand(oks: list[float], scores: list[float]) -> tuple[float, float]:
    """AP and AR of one detection per image and person: 101-point precision, thresholds .50 to .95."""
    order = np.argsort([-score for score in scores], kind="mergesort")
    aps, recalls = [], []
    for threshold in np.linspace(0.5, 0.95, 10):
        hits = np.cumsum([oks[i] >= threshold for i in order])
        precision = [hit / (rank + 1) for rank, hit in enumerate(hits)]
        recall = hits / len(oks)
        points = [
            max([p for p, r in zip(precision, recall, strict=True) if r >= x], default=0.0)
            for x in np.linspace(0, 1, 101)
        ]
        aps.append(np.mean(points))
        recalls.append(recall[-1])
    return 100 * float(np.mean(aps)), 100 * float(np.mean(recalls))


@pytest.mark.parametrize("seed", range(4))
def test_ap_and_ar_are_computed_by_hand(seed: int) -> None:
    random = np.random.default_rng(seed)
    split = replace(persons([LARGE] * 6, seed), sigmas=(0.01, 0.02, 0.04, 0.08))
    errors = random.normal(0, 3.0, (6, JOINTS, 2)) * random.uniform(0, 1, (6, 1, 1))
    scores = random.uniform(0, 1, (6, JOINTS)).astype(np.float32)
    squared = (errors**2).sum(-1)
    variances = 2 * (2 * np.array(split.sigmas)) ** 2 * LARGE
    oks = np.exp(-squared / variances).mean(1).tolist()
    ap, ar = by_hand(oks, scores.mean(1).tolist())
    assert 0 < ap < ar < 100, "no easy case"
    found = keypoint_metrics(split, split.annotation_ids, truth(split) + errors, scores)
    assert (found["ap"], found["ar"]) == pytest.approx((ap, ar))


class Oracle:
    """Knows every person's heatmaps, and recognises their pictures and their mirror images by a pixel sum."""

    def __init__(self, split: PersonCrops, wrong: Callable[[Tensor], Tensor] = lambda heatmaps: heatmaps) -> None:
        top, left = (SIDE - SIZE[0]) // 2, (SIDE - SIZE[1]) // 2
        joints = split.joints - torch.tensor([left, top])
        mirrored = torch.stack([SIZE[1] - 1 - joints[..., 0], joints[..., 1]], -1)[:, [2, 1, 0, 3]]
        shape = (SIZE[0] // 4, SIZE[1] // 4)
        pictures = split.images[:, :, top : top + SIZE[0], left : left + SIZE[1]].double()
        self.known = torch.cat([self.sums(pictures), self.sums(pictures.flip(3))])
        self.heatmaps = torch.cat([draw_heatmaps(joints, shape, 1.0), wrong(draw_heatmaps(mirrored, shape, 1.0))])

    @staticmethod
    def sums(pictures: Tensor) -> Tensor:
        return (pictures * torch.arange(SIZE[1])).sum((1, 2, 3))

    def __call__(self, inputs: Tensor) -> Tensor:
        mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        sums = self.sums((inputs * std + mean).mul(255).round().double())
        distances = (sums[:, None] - self.known[None]).abs()
        assert distances.min(1).values.max() < 0.5, "an unknown picture"
        return self.heatmaps[distances.argmin(1)]


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_perfect_heatmaps_score_100_through_crop_flip_test_and_map_to_the_image(batch_size: int) -> None:
    split = replace(persons([MEDIUM, LARGE, LARGE, MEDIUM, LARGE]), sigmas=(0.002,) * JOINTS)
    metrics = Pose(JOINTS, sigma=1.0, decoding="parabola").evaluate(
        Oracle(split), split, SIZE, batch_size, torch.device("cpu")
    )
    assert metrics == pytest.approx(dict.fromkeys(Pose.metrics, 100.0))


def test_the_flip_test_matters() -> None:
    split = replace(persons([LARGE] * 5), sigmas=(0.002,) * JOINTS)
    shifted = Oracle(split, wrong=lambda heatmaps: heatmaps.roll(1, dims=3))
    pose = Pose(JOINTS, sigma=1.0, decoding="parabola")
    assert pose.evaluate(shifted, split, SIZE, 2, CPU)["ap"] < 50
    without_sides = replace(split, flip_pairs=())
    assert pose.evaluate(shifted, without_sides, SIZE, 2, CPU)["ap"] == pytest.approx(100.0), "none is mirrored"


@st.composite
def scenes(draw: st.DrawFn) -> tuple[PersonCrops, Tensor, np.ndarray, np.ndarray]:
    """One to three persons in each of up to four images, and what was found of some; scores are often equal."""
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    areas = [draw(st.sampled_from((20.0**2, MEDIUM, 96.0**2, LARGE))) for _ in range(sum(counts))]
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    split = persons(areas)
    annotations = split.ground_truth["annotations"]
    for person, image in zip(annotations, np.repeat(np.arange(len(counts)), counts).tolist(), strict=True):
        joints = np.column_stack([random.uniform(0, 60, (JOINTS, 2)), random.integers(0, 3, JOINTS)])
        joints[0, 2] = 2
        person.update(image_id=image, keypoints=joints.ravel().tolist(), num_keypoints=int((joints[:, 2] > 0).sum()))
    split.ground_truth["images"] = [{"id": image} for image in range(len(counts))]
    chosen = [row for row in range(len(annotations)) if draw(st.booleans())] or [0]
    noise = random.normal(0, 8, (len(chosen), JOINTS, 2)) * random.integers(0, 2, (len(chosen), 1, 1))
    scores = random.integers(1, 4, (len(chosen), 1)).repeat(JOINTS, axis=1).astype(np.float32) / 4
    split = replace(split, sigmas=(0.05, 0.1, 0.02, 0.08))
    return split, split.annotation_ids[chosen], truth(split)[chosen] + noise, scores


def naive(split: PersonCrops, ids: Tensor, joints: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    listed = [image["id"] for image in split.ground_truth["images"]]
    everyone, image_of = [], {}
    for person in split.ground_truth["annotations"]:
        image_of[person["id"]] = listed.index(person["image_id"])
        triplets = np.array(person["keypoints"]).reshape(JOINTS, 3)
        everyone.append(
            naive_keypoint_ap.Person(image_of[person["id"]], triplets[:, :2], triplets[:, 2], person["area"])
        )
    found = [
        naive_keypoint_ap.Found(image_of[number], places, float(score.mean()))
        for number, places, score in zip(ids.tolist(), joints, scores, strict=True)
    ]
    return naive_keypoint_ap.metrics(everyone, found, np.array(split.sigmas))


@given(scenes())
def test_metrics_are_those_of_loops(drawn: tuple[PersonCrops, Tensor, np.ndarray, np.ndarray]) -> None:
    assert keypoint_metrics(*drawn) == pytest.approx(naive(*drawn), abs=1e-9)


IDS = st.one_of(st.integers(-3, 12), st.integers(-(2**63), 2**63 - 1))


@given(scenes(), st.data())
def test_metrics_do_not_depend_on_ids(
    drawn: tuple[PersonCrops, Tensor, np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    """Any distinct whole numbers, 0 and negative ones among them, name persons and images equally well."""
    split, ids, joints, scores = drawn
    annotations, images = split.ground_truth["annotations"], split.ground_truth["images"]
    new = data.draw(st.lists(IDS, unique=True, min_size=len(annotations), max_size=len(annotations)), label="persons")
    shown = data.draw(st.lists(IDS, unique=True, min_size=len(images), max_size=len(images)), label="images")
    renamed = {person["id"]: number for person, number in zip(annotations, new, strict=True)}
    moved = {image["id"]: number for image, number in zip(images, shown, strict=True)}
    other = {
        **split.ground_truth,
        "images": [{"id": moved[image["id"]]} for image in images],
        "categories": [{"id": 0}],
        "annotations": [
            {**person, "id": renamed[person["id"]], "image_id": moved[person["image_id"]], "category_id": 0}
            for person in annotations
        ],
    }
    numbers = torch.tensor([renamed[number] for number in ids.tolist()])
    assert keypoint_metrics(replace(split, ground_truth=other), numbers, joints, scores) == keypoint_metrics(*drawn)


@pytest.mark.parametrize("records", ["images", "annotations"])
def test_equal_ids_are_refused(records: str) -> None:
    split = persons([MEDIUM, LARGE])
    split.ground_truth[records][1]["id"] = split.ground_truth[records][0]["id"]
    with pytest.raises(ValueError, match="share an id: number each one"):
        keypoint_metrics(split, split.annotation_ids, truth(split), np.ones((2, 4), np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_net_that_is_broken_is_not_scored(value: float) -> None:
    split = persons([LARGE] * 3)
    heatmaps = torch.zeros(3, JOINTS, 8, 6)
    heatmaps[0, 1, 2, 3] = value
    with pytest.raises(ValueError, match="outputs are not finite, so it cannot be scored"):
        Pose(JOINTS).evaluate(lambda _: heatmaps, split, SIZE, 3, CPU)


@pytest.mark.parametrize("joints", [1, 3, 5])
def test_a_net_or_data_of_other_joints_are_refused(joints: int) -> None:
    """One heatmap would fit any number of joints by broadcasting."""
    split = persons([LARGE] * 3)
    heatmaps = torch.zeros(3, joints, 8, 6)
    with pytest.raises(ValueError, match="give the net 4 outputs"):
        Pose(JOINTS).evaluate(lambda _: heatmaps, split, SIZE, 3, CPU)
    with pytest.raises(ValueError, match="give the net 4 outputs"):
        Pose(JOINTS).loss(heatmaps, HeatmapTargets(torch.zeros(3, JOINTS, 8, 6), torch.ones(3, JOINTS)))
    with pytest.raises(ValueError, match=f"the data have 4 joints, the task {joints}: give task and net 4"):
        Pose(joints).evaluate(lambda _: heatmaps, split, SIZE, 3, CPU)
    with pytest.raises(ValueError, match=f"the data have 4 joints, the task {joints}"):
        Batches(Pose(joints), split, Recipe(SIZE, 2, 1), 0, CPU)
