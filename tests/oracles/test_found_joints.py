"""Joints of own data count as found within a tenth of the longer side of the box, in pixels of the picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from supertickets.data.crops import canvas_side, person_canvas
from supertickets.own.kinds.pose import KIND
from supertickets.tasks import PersonCrops

pytestmark = pytest.mark.fast

SIDES = st.floats(20, 400)
SIZES = st.sampled_from([(64, 64), (48, 96), (96, 48), (80, 64)])


def _person(box: tuple[float, float, float, float], size: tuple[int, int], joint: tuple[float, float]) -> PersonCrops:
    """One person with one joint, given in pixels of the picture."""
    canvas, side = person_canvas(box, size), canvas_side(size)
    return PersonCrops(
        images=torch.zeros(1, 3, side, side, dtype=torch.uint8),
        joints=torch.from_numpy(canvas.from_image(np.array([[joint]]))).float(),
        visibility=torch.full((1, 1), 2, dtype=torch.uint8),
        to_image=torch.from_numpy(canvas.to_image[None]).float(),
        annotation_ids=torch.tensor([7]),
        ground_truth={"annotations": [{"id": 7, "bbox": list(box)}]},
        joint_names=("hand",), flip_pairs=(), sigmas=(0.1,), upper_joints=(),
    )  # fmt: skip


@given(SIDES, SIDES, SIZES, st.floats(0, 2 * math.pi), st.sampled_from([0.5, 0.95, 1.05, 1.5]))
def test_a_joint_is_found_within_a_tenth_of_the_box(
    width: float, height: float, size: tuple[int, int], angle: float, share: float
) -> None:
    box, away = (30.0, 50.0, width, height), share * 0.1 * max(width, height)
    joint = (30 + width / 3, 50 + height / 2)
    guess = (joint[0] + away * math.cos(angle), joint[1] + away * math.sin(angle))
    # the best constant of one person is where that person's joint is
    found, _ = KIND.constant(_person(box, size, guess), _person(box, size, joint), size)
    assert found == (100.0 if share < 1 else 0.0)
