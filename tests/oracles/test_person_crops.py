"""Person crops: whatever the scale, turn and mirror, the pixels of a joint are where its coordinates say."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.tasks import Augmentation, PersonCrops, pose
from supertickets.tasks.base import normalise
from supertickets.tasks.heatmaps import draw_heatmaps
from supertickets.tasks.pose import HeatmapTargets, Pose, affine_crops

pytestmark = pytest.mark.fast
SIDE, SIZE = 56, (32, 24)
CPU = torch.device("cpu")


def persons(joints: list[list[tuple[float, float]]], visibility: list[int] | None = None) -> PersonCrops:
    """A bright spot per joint: joint 0 red, joint 1 green, joint 2 blue; 0 and 1 swap in a mirror."""
    places = torch.tensor(joints)
    grid = torch.arange(SIDE, dtype=torch.float32)
    squared = (grid - places[..., 0:1]).square()[..., None, :] + (grid - places[..., 1:2]).square()[..., :, None]
    count = len(joints)
    return PersonCrops(
        images=(255 * torch.exp(-squared / (2 * 1.8**2))).round().byte(),
        joints=places,
        visibility=torch.tensor([visibility or [2, 2, 2]] * count, dtype=torch.uint8),
        to_image=torch.eye(2, 3).expand(count, 2, 3),
        annotation_ids=torch.arange(1, count + 1),
        ground_truth={},
        joint_names=("left", "right", "nose"),
        flip_pairs=((0, 1),),
        sigmas=(0.05, 0.05, 0.05),
    )


def spot(channel: Tensor) -> list[float]:
    """Centre of brightness (x, y)."""
    rows, columns = torch.arange(SIZE[0]).float(), torch.arange(SIZE[1]).float()
    total = channel.sum()
    return [float((channel.sum(0) * columns).sum() / total), float((channel.sum(1) * rows).sum() / total)]


NEAR = st.tuples(st.floats(-4, 4), st.floats(-4, 4)).map(lambda at: (at[0] + (SIDE - 1) / 2, at[1] + (SIDE - 1) / 2))


@given(st.tuples(NEAR, NEAR, NEAR), st.floats(0.9, 1.4), st.floats(-math.pi, math.pi), st.booleans())
def test_spots_are_at_the_joints(
    at: tuple[tuple[float, float], ...], scale: float, angle: float, mirrored: bool
) -> None:
    images, joints, labelled = affine_crops(
        persons([list(at)]), torch.tensor([0]), SIZE, torch.tensor([scale]), torch.tensor([angle]),
        torch.tensor([mirrored]), CPU,
    )  # fmt: skip
    colour = (1, 0, 2) if mirrored else (0, 1, 2)  # the mirrored left hand is the right hand's picture
    for number in range(3):
        assert spot(images[0, colour[number]]) == pytest.approx(joints[0, number].tolist(), abs=0.1)
    assert labelled.all()


def crops(at: tuple[float, float], scale: float = 1.0, degrees: float = 0.0, mirrored: bool = False) -> list[float]:
    """Where joint 2, at offset `at` from the canvas centre, comes to lie, as an offset from the crop's centre."""
    middle = (SIDE - 1) / 2
    split = persons([[(0.0, 0.0), (0.0, 0.0), (middle + at[0], middle + at[1])]])
    angle = torch.tensor([math.radians(degrees)])
    _, joints, _ = affine_crops(
        split, torch.tensor([0]), SIZE, torch.tensor([scale]), angle, torch.tensor([mirrored]), CPU
    )
    return (joints[0, 2] - torch.tensor([(SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2])).tolist()


def test_directions() -> None:
    assert crops((3, -5)) == pytest.approx([3, -5], abs=1e-4)
    assert crops((3, -5), mirrored=True) == pytest.approx([-3, -5], abs=1e-4)
    assert crops((3, -5), scale=2.0) == pytest.approx([1.5, -2.5], abs=1e-4), "a larger scale shows more"
    assert crops((0, -5), degrees=90) == pytest.approx([5, 0], abs=1e-4), "clockwise: the head goes to the right"
    assert crops((0, -5), degrees=90, mirrored=True) == pytest.approx([-5, 0], abs=1e-4), "mirrored last"


@pytest.mark.parametrize("mirrored", [True, False])
def test_left_and_right_swap_their_labels_too(mirrored: bool) -> None:
    split = persons([[(20.0, 20.0), (30.0, 30.0), (25.0, 25.0)]], [0, 2, 1])
    one = torch.tensor([1.0])
    _, joints, labelled = affine_crops(split, torch.tensor([0]), SIZE, one, 0 * one, torch.tensor([mirrored]), CPU)
    assert labelled[0].tolist() == ([True, False, True] if mirrored else [False, True, True])
    assert (joints[0, 0, 1] > joints[0, 1, 1]) == mirrored


def sample(
    augmentation: Augmentation, seed: int, split: PersonCrops, sigma: float = 1.0
) -> tuple[Tensor, Tensor, Tensor]:
    draws = torch.Generator().manual_seed(seed)
    index = torch.arange(len(split.images))
    inputs, targets = Pose(3, sigma).batch(split, index, SIZE, augmentation, draws, CPU)
    return inputs, targets.heatmaps, targets.weights


def test_without_augmentation_a_batch_is_the_central_window() -> None:
    split = persons([[(24.0, 20.0), (30.0, 33.0), (26.0, 28.0)]])
    inputs, heatmaps, weights = sample(Augmentation(), 0, split, sigma=1.5)
    top, left = (SIDE - SIZE[0]) // 2, (SIDE - SIZE[1]) // 2
    window = split.images[:, :, top : top + SIZE[0], left : left + SIZE[1]]
    torch.testing.assert_close(inputs, normalise(window), rtol=0, atol=1e-3)
    expected = draw_heatmaps(split.joints - torch.tensor([left, top]), (8, 6), 1.5)
    torch.testing.assert_close(heatmaps, expected, rtol=1e-4, atol=1e-5)
    assert weights.tolist() == [[1.0, 1.0, 1.0]]


def test_joints_unlabelled_or_out_of_view_weigh_nothing() -> None:
    left, top = (SIDE - SIZE[1]) / 2, (SIDE - SIZE[0]) / 2
    just = 0.49
    for x, y, seen in (
        (left - just, top - just, True), (left + SIZE[1] - 1 + just, top + SIZE[0] - 1 + just, True),
        (left - 0.51, top, False), (left, top - 0.51, False),
        (left + SIZE[1] - 0.49, top, False), (left, top + SIZE[0] - 0.49, False),
    ):  # fmt: skip
        split = persons([[(28.0, 28.0), (28.0, 28.0), (x, y)]], [0, 1, 2])
        assert sample(Augmentation(), 0, split)[2].tolist() == [[0.0, 1.0, float(seen)]], (x, y)


@pytest.mark.parametrize("flip", [True, False])
def test_augmentation_uses_its_limits_and_stays_within(flip: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[Tensor, ...]] = []

    def watch(split: PersonCrops, index: Tensor, size: tuple[int, int], *given: Tensor) -> tuple[Tensor, ...]:
        drawn.append(given[:3])
        return affine_crops(split, index, size, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(pose, "affine_crops", watch)
    sample(Augmentation(crop_scale=(0.8, 1.25), rotation=30, flip=flip), 0, persons([[(28.0, 28.0)] * 3] * 400))
    ((scale, angle, mirrored),) = drawn
    degrees = angle.rad2deg()
    assert 0.8 <= scale.min() < 0.82 and 1.23 < scale.max() <= 1.25
    assert -30.001 <= degrees.min() < -28 and 28 < degrees.max() <= 30.001
    assert 0.5 < (degrees != 0).float().mean() < 0.7, "three in five are turned"
    assert 0.4 < mirrored.float().mean() < 0.6 if flip else not mirrored.any()


def test_the_loss_is_half_the_mean_square_over_all_joints() -> None:
    random = torch.Generator().manual_seed(0)
    outputs, heatmaps = torch.randn(2, 3, 4, 5, generator=random), torch.rand(2, 3, 4, 5, generator=random)
    weights = torch.tensor([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    total = sum(
        float(weights[b, j]) * float(outputs[b, j, y, x] - heatmaps[b, j, y, x]) ** 2
        for b in range(2) for j in range(3) for y in range(4) for x in range(5)
    )  # fmt: skip
    found = Pose(3).loss(outputs, HeatmapTargets(heatmaps, weights))
    assert float(found) == pytest.approx(0.5 * total / (2 * 3 * 4 * 5), rel=1e-5)
