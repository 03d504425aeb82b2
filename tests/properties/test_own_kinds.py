"""What is chosen for each task of own data: input sizes, batches, how pictures are varied, what is answered."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from torch import Tensor

from bench.experiments import describe
from supertickets.data.files import short_hash
from supertickets.data.own_layouts import LAYOUTS, TaskName
from supertickets.own.kinds import colours, kind
from supertickets.own.plan import PASSES, algorithm
from supertickets.own.session import FINAL_BATCHES
from supertickets.own.state import VERSION
from supertickets.seeding import Draws
from supertickets.tasks import IGNORE_LABEL, ClassifiedImages, LabelledImages, PersonCrops

pytestmark = pytest.mark.fast

CPU, SIDE = torch.device("cpu"), 32
NAMES = ("a", "b", "c")


@pytest.mark.parametrize(
    ("task", "picture", "size"),
    [
        # squares as small as the shorter side, of 96 pixels at most
        ("classification", (500, 400), (96, 96)), ("classification", (70, 50), (48, 48)),
        ("classification", (60, 300), (64, 64)), ("classification", (9, 300), (32, 32)),
        # the proportions of the pictures and the area of 96x128, and never an enlarged picture
        ("segmentation", (480, 640), (96, 128)), ("segmentation", (1920, 1080), (144, 80)),
        ("segmentation", (60, 70), (64, 64)), ("segmentation", (10, 45), (32, 48)),
        # the proportions of the boxes, up to 1:2, and the area of 64x64 whatever their size
        ("pose", (60, 60), (64, 64)), ("pose", (900, 300), (96, 48)), ("pose", (20, 80), (48, 96)),
        ("pose", (400, 320), (64, 64)), ("pose", (300, 200), (80, 48)),
    ],
)  # fmt: skip
def test_input_sizes_follow_the_pictures(task: TaskName, picture: tuple[int, int], size: tuple[int, int]) -> None:
    assert kind(task).image_size(picture) == size


def test_frozen_choices() -> None:
    """A training that is stored was begun with the choices of its version: another choice needs another version."""
    found = {}
    for task in sorted(LAYOUTS):
        chosen = kind(task)
        recipe = chosen.recipe((32, 32), split_of(task, 99, ((0, 1),)))
        about = [recipe, chosen.architecture(3), chosen.task(3), chosen.rates, algorithm(90), PASSES, FINAL_BATCHES]
        found[task] = short_hash(json.dumps(describe(about), sort_keys=True).encode())[:8]
    assert (VERSION, found) == (4, {"classification": "0c425c82", "pose": "121245e4", "segmentation": "144eb12d"})


@given(st.sampled_from(sorted(LAYOUTS)), st.integers(1, 5000), st.integers(1, 5000))
def test_input_sizes_are_multiples_of_16_that_fit_into_memory(task: TaskName, height: int, width: int) -> None:
    size = kind(task).image_size((height, width))
    assert all(side % 16 == 0 and 32 <= side <= max(96, height + 8, width + 8) for side in size)


def split_of(task: TaskName, count: int = 1, pairs: tuple[tuple[int, int], ...] = ()) -> Any:
    """Pictures that are bright on their right side."""
    images = torch.zeros(count, 3, SIDE, SIDE, dtype=torch.uint8)
    images[..., SIDE // 2 :] = 200
    if task == "classification":
        return ClassifiedImages(images, torch.zeros(count, dtype=torch.int64), NAMES)
    if task == "segmentation":
        return LabelledImages(images, torch.zeros(count, SIDE, SIDE, dtype=torch.uint8), NAMES)
    return PersonCrops(
        images=images, joints=torch.full((count, 3, 2), 16.0),
        visibility=torch.full((count, 3), 2, dtype=torch.uint8), to_image=torch.eye(2, 3).expand(count, 2, 3),
        annotation_ids=torch.arange(count), ground_truth={}, joint_names=NAMES, flip_pairs=pairs, sigmas=(0.1,) * 3,
        upper_joints=(),
    )  # fmt: skip


@pytest.mark.parametrize("task", sorted(LAYOUTS))
def test_batches_are_a_quarter_of_few_pictures_and_of_many_as_large_as_the_task_has_them(task: TaskName) -> None:
    largest = {"classification": 64, "segmentation": 8, "pose": 16}[task]
    for pictures, batch in ((3, 2), (8, 2), (15, 3), (20, 5), (4 * largest - 1, largest - 1), (5 * largest, largest)):
        assert kind(task).recipe((32, 32), split_of(task, pictures)).batch_size == batch


@pytest.mark.parametrize(
    ("task", "pairs", "share"),
    [("classification", (), 0.5), ("segmentation", (), 0.5), ("pose", ((0, 1),), 0.5), ("pose", (), 0.0)],
)
def test_half_of_the_pictures_are_mirrored_but_not_joints_without_sides(
    task: TaskName, pairs: tuple[tuple[int, int], ...], share: float
) -> None:
    split, count = split_of(task, pairs=pairs), 400
    recipe = kind(task).recipe((SIDE, SIDE), split)
    # turned by 15 degrees as a rule, its right side stays brighter
    draws = Draws(torch.Generator().manual_seed(0), count, slice(count))
    part = split.take(torch.zeros(count, dtype=torch.int64))
    inputs, _ = kind(task).task(3).batch(part, (SIDE, SIDE), recipe.augmentation, draws, CPU)
    left, right = inputs[..., : SIDE // 2].mean((1, 2, 3)), inputs[..., SIDE // 2 :].mean((1, 2, 3))
    assert float((left > right).double().mean()) == pytest.approx(share, abs=0.06 * (share > 0))


def always(task: TaskName, answer: int) -> Any:
    """A net that says the same of every picture, or pixel."""

    def forward(images: Tensor) -> Tensor:
        shape = (len(images), 3) if task == "classification" else (len(images), 3, 8, 8)
        scores = torch.zeros(shape)
        scores[:, answer] = 1
        return scores

    return forward


@given(st.data())
@pytest.mark.parametrize("task", ["classification", "segmentation"])
def test_the_constant_scores_what_a_net_scores_that_always_says_the_most_frequent(
    task: TaskName, data: st.DataObject
) -> None:
    counts = data.draw(st.permutations([2, 3, 5]))
    train, scored = split_of(task, 10), split_of(task, 7)
    labels = torch.tensor([label for label, count in enumerate(counts) for _ in range(count)])
    among = [0, 1, 2] if task == "classification" else [0, 1, 2, IGNORE_LABEL]
    shown = torch.tensor(data.draw(st.lists(st.sampled_from(among), min_size=7, max_size=7)))
    if task == "segmentation":  # a row of pixels each; those that do not count are the most
        train.labels[:] = IGNORE_LABEL
        train.labels[:, 3] = labels.byte()[:, None]
        scored.labels[:] = IGNORE_LABEL
        scored.labels[:, 3] = shown.byte()[:, None]
        scored.labels[0, 0] = data.draw(st.sampled_from([0, 1, 2]))
    else:
        train, scored = replace(train, labels=labels), replace(scored, labels=shown)
    most = counts.index(5)
    found, words = kind(task).constant(train, scored, (SIDE, SIDE))
    assert words == f"always {NAMES[most]!r}"
    expected = kind(task).score(always(task, most), scored, (SIDE, SIDE), 4, CPU)
    assert found == pytest.approx(expected[kind(task).metric])


def test_the_constant_of_pixels_that_do_not_count_is_nothing() -> None:
    train, scored = split_of("segmentation"), split_of("segmentation")
    scored.labels[:] = IGNORE_LABEL
    assert kind("segmentation").constant(train, scored, (SIDE, SIDE))[0] == 0


def test_the_five_likeliest_classes_are_answered_the_likeliest_first() -> None:
    shares = torch.tensor([0.1, 0.02, 0.3, 0.05, 0.3, 0.23])
    found = kind("classification").answer(shares.log(), "uvwxyz")
    assert [row["class"] for row in found] == ["w", "y", "z", "u", "x"], "of equal ones the first"
    assert [row["share"] for row in found] == [0.3, 0.3, 0.23, 0.1, 0.05]
    assert kind("classification").answer(torch.tensor([0.0, 1.0]), "ab") == [
        {"class": "b", "share": 0.7311}, {"class": "a", "share": 0.2689},
    ]  # fmt: skip


def test_the_share_of_pixels_of_every_class_is_answered() -> None:
    found = kind("segmentation").answer(torch.tensor([[0, 0, 2], [2, 2, 2]], dtype=torch.uint8), NAMES)
    assert found == [{"class": "a", "share": 0.3333}, {"class": "b", "share": 0.0}, {"class": "c", "share": 0.6667}]


def test_places_and_heights_of_all_joints_are_answered() -> None:
    found = kind("pose").answer(torch.tensor([[1.234, 5.678, 0.9], [10.0, 0.5, 0.126]]), ("hand", "foot"))
    assert found == [
        {"joint": "hand", "x": 1.23, "y": 5.68, "height": 0.9}, {"joint": "foot", "x": 10.0, "y": 0.5, "height": 0.13},
    ]  # fmt: skip


def test_joints_are_dots_of_their_colours_that_grow_with_the_picture() -> None:
    for width, radius in ((40, 2), (600, 10)):
        picture = Image.new("RGB", (width, 2 * width))
        at = [(width // 4, width // 2), (width // 2, width)]
        drawn = np.asarray(kind("pose").overlay(picture, torch.tensor([(*place, 1.0) for place in at]), ("u", "v")))
        for (x, y), colour in zip(at, colours(2), strict=True):
            assert tuple(drawn[y, x]) == colour
            assert tuple(drawn[y, x + radius]) == (255, 255, 255) and not drawn[y, x + radius + 1].any()
        assert not np.asarray(picture).any(), "the picture stays as it is"


def test_the_likeliest_class_is_written_into_the_upper_left_corner() -> None:
    picture = Image.new("RGB", (200, 100), (0, 90, 0))
    drawn = np.asarray(kind("classification").overlay(picture, torch.tensor([0.0, 9.0]), ("first", "second")))
    changed = (drawn != (0, 90, 0)).any(axis=2)
    darkness, light = drawn[changed].sum(axis=1).min(), drawn[changed].sum(axis=1).max()
    assert darkness == 0 and light > 600, "light letters on a dark ground"
    left, top, right, bottom = map(round, ImageDraw.Draw(picture).textbbox((2, 2), "second 100%"))
    ground = np.zeros_like(changed)
    ground[top : bottom + 1, left : right + 1] = True
    assert np.array_equal(changed, ground), "letters stand on the ground, which is no larger"
    other = kind("classification").overlay(picture, torch.tensor([9.0, 0.0]), ("first", "second"))
    assert not np.array_equal(np.asarray(other), drawn)


def test_colours_of_many_names_differ_and_stay_as_names_are_added() -> None:
    many = colours(24)
    assert colours(5) == many[:5] and all(0 <= value <= 255 for colour in many for value in colour)
    assert min(sum(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in combinations(many, 2)) >= 30
