"""Joints of own data count as found within a tenth of the longer side of the box, in pixels of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.data.crops import canvas_side, person_canvas
from supertickets.own.kinds.pose import KIND
from supertickets.tasks import PersonCrops
from supertickets.tasks.heatmaps import draw_heatmaps
from supertickets.tasks.pose import Pose, corner_of_crop

pytestmark = pytest.mark.fast

SIDES = st.floats(20, 400)
SIZES = st.sampled_from([(64, 64), (48, 96), (96, 48), (80, 64)])


def _people(
    box: tuple[float, float, float, float],
    size: tuple[int, int],
    joints: Sequence[Sequence[tuple[float, float]]],
    visibility: Sequence[Sequence[int]],
) -> PersonCrops:
    """People in the same box, with joints in pixels of the picture."""
    canvas, side = person_canvas(box, size), canvas_side(size)
    count, ids = len(joints), range(7, 7 + len(joints))
    return PersonCrops(
        images=torch.zeros(count, 3, side, side, dtype=torch.uint8),
        joints=torch.from_numpy(canvas.from_image(np.array(joints))).float(),
        visibility=torch.tensor(visibility, dtype=torch.uint8),
        to_image=torch.from_numpy(canvas.to_image[None]).float().expand(count, -1, -1),
        annotation_ids=torch.tensor(ids),
        ground_truth={"annotations": [{"id": number, "bbox": list(box)} for number in ids]},
        joint_names=("hand", "foot", "head")[: len(joints[0])], flip_pairs=(), sigmas=(0.1,) * len(joints[0]),
        upper_joints=(),
    )  # fmt: skip


@given(SIDES, SIDES, SIZES, st.floats(0, 2 * math.pi), st.sampled_from([0.5, 0.95, 1.05, 1.5]))
def test_a_joint_is_found_within_a_tenth_of_the_box(
    width: float, height: float, size: tuple[int, int], angle: float, share: float
) -> None:
    box, away = (30.0, 500.0, width, height), share * 0.1 * max(width, height)
    joint = (30 + width / 3, 500 + height / 2)
    guess = (joint[0] + away * math.cos(angle), joint[1] + away * math.sin(angle))
    # the best constant of one person is where that person's joint is
    found, _ = KIND.constant(_people(box, size, [[guess]], [[2]]), _people(box, size, [[joint]], [[2]]), size)
    assert found == (100.0 if share < 1 else 0.0)


BOX, SIZE = (30.0, 50.0, 100.0, 100.0), (64, 48)
FAR = (5000.0, 5000.0)
"""Where no joint is: places that are not labelled must not matter."""


def test_the_constant_is_the_mean_of_each_joint_where_it_is_labelled() -> None:
    corner = tuple(person_canvas(BOX, SIZE).to_image[:, 2])
    train = _people(
        BOX, SIZE,
        joints=[[(40, 60), (100, 60), FAR], [(80, 60), FAR, FAR], [(60, 120), (100, 140), FAR]],
        visibility=[[2, 1, 0], [1, 0, 0], [2, 2, 0]],
    )  # fmt: skip
    # the first joint is at (60, 80) on average, the second one at (100, 100), and nobody's third one at the corner
    scored = _people(
        BOX, SIZE,
        joints=[[(60, 80), (100, 100), corner], [(69, 80), (100, 111), (80, 100)], [(60, 80), (100, 91), FAR]],
        visibility=[[2, 1, 1], [2, 2, 2], [0, 1, 0]],
    )  # fmt: skip
    found, words = KIND.constant(train, scored, SIZE)
    assert found == pytest.approx(100 * 5 / 7) and words == "each joint at its mean place"


def test_where_no_joint_is_labelled_none_is_found() -> None:
    joints = [[(60.0, 80.0)]]
    assert KIND.constant(_people(BOX, SIZE, joints, [[2]]), _people(BOX, SIZE, joints, [[0]]), SIZE)[0] == 0


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        ([[2, 1, 1], [2, 2, 2], [2, 1, 0]], 100 * 4 / 8),
        ([[1, 0, 0], [0, 0, 0], [0, 0, 0]], 100.0),
        ([[0, 0, 0], [0, 0, 0], [0, 0, 0]], 0.0),
    ],
)
def test_the_score_is_the_share_of_labelled_joints_whose_peaks_are_near(
    visibility: list[list[int]], expected: float
) -> None:
    people = _people(BOX, SIZE, [[(60, 80), (100, 100), (80, 120)]] * 3, visibility)
    away = torch.tensor([[0, 9, 11], [9, 11, 11], [0, 11, 0]])[..., None] / people.to_image[0, 0, 0]
    top, left = corner_of_crop(people, SIZE)
    peaks = list(people.joints - torch.tensor([left, top]) + away * torch.tensor([0.6, -0.8]))

    def forward(inputs: Tensor) -> Tensor:
        assert inputs.shape[1:] == (3, *SIZE)
        shown = torch.stack([peaks.pop(0) for _ in inputs])
        return draw_heatmaps(shown, (SIZE[0] // 4, SIZE[1] // 4), 1.0)

    assert KIND.score(forward, people, SIZE, 2, torch.device("cpu")) == {"pck": pytest.approx(expected)}


@pytest.mark.parametrize("installed", [True, False])
def test_other_metrics_follow_the_first_where_what_computes_them_is_installed(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supertickets.own.kinds.pose.find_spec", lambda _: installed or None)
    monkeypatch.setattr(type(KIND), "score", lambda *_: {"pck": 1.0})
    monkeypatch.setattr(Pose, "evaluate", lambda *_: {"ap": 2.0})
    people = _people(BOX, SIZE, [[(60, 80)]], [[2]])
    found = KIND.all_scores(lambda inputs: inputs, people, SIZE, 2, torch.device("cpu"))
    assert list(found.items()) == ([("pck", 1.0), ("ap", 2.0)] if installed else [("pck", 1.0)])
