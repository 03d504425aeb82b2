"""Person crops: whatever the scale, turn and mirror, the pixels of a joint are where its coordinates say."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.seeding import Draws
from supertickets.tasks import Augmentation, PersonCrops, pose
from supertickets.tasks.base import normalise
from supertickets.tasks.heatmaps import draw_heatmaps
from supertickets.tasks.pose import HeatmapTargets, Pose, affine_crops, half_bodies

pytestmark = pytest.mark.fast
SIDE, SIZE = 56, (32, 24)
MIDDLE = torch.full((1, 2), (SIDE - 1) / 2)
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
        upper_joints=(0, 2),
    )


def spot(channel: Tensor) -> list[float]:
    """Centre of brightness (x, y)."""
    rows, columns = torch.arange(SIZE[0]).float(), torch.arange(SIZE[1]).float()
    total = channel.sum()
    return [float((channel.sum(0) * columns).sum() / total), float((channel.sum(1) * rows).sum() / total)]


NEAR = st.tuples(st.floats(-2, 2), st.floats(-2, 2)).map(lambda at: (at[0] + (SIDE - 1) / 2, at[1] + (SIDE - 1) / 2))


@given(st.tuples(NEAR, NEAR, NEAR), NEAR, st.floats(0.9, 1.4), st.floats(-math.pi, math.pi), st.booleans())
def test_spots_are_at_the_joints(
    at: tuple[tuple[float, float], ...], centre: tuple[float, float], scale: float, angle: float, mirrored: bool
) -> None:
    images, joints, labelled = affine_crops(
        persons([list(at)]), SIZE, torch.tensor([centre]), torch.tensor([scale]), torch.tensor([angle]),
        torch.tensor([mirrored]), CPU,
    )  # fmt: skip
    colour = (1, 0, 2) if mirrored else (0, 1, 2)  # the mirrored left hand is the right hand's picture
    for number in range(3):
        assert spot(images[0, colour[number]]) == pytest.approx(joints[0, number].tolist(), abs=0.1)
    assert labelled.all()


def crops(
    at: tuple[float, float], scale: float = 1.0, degrees: float = 0.0, mirrored: bool = False,
    centre: tuple[float, float] = (0.0, 0.0),
) -> list[float]:  # fmt: skip
    """Where joint 2 comes to lie, as an offset from the crop's centre; `at`, `centre`: offsets from the canvas'."""
    middle = (SIDE - 1) / 2
    split = persons([[(0.0, 0.0), (0.0, 0.0), (middle + at[0], middle + at[1])]])
    angle = torch.tensor([math.radians(degrees)])
    around = MIDDLE + torch.tensor([centre])
    _, joints, _ = affine_crops(split, SIZE, around, torch.tensor([scale]), angle, torch.tensor([mirrored]), CPU)
    return (joints[0, 2] - torch.tensor([(SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2])).tolist()


def test_directions() -> None:
    assert crops((3, -5)) == pytest.approx([3, -5], abs=1e-4)
    assert crops((3, -5), mirrored=True) == pytest.approx([-3, -5], abs=1e-4)
    assert crops((3, -5), scale=2.0) == pytest.approx([1.5, -2.5], abs=1e-4), "a larger scale shows more"
    assert crops((0, -5), degrees=90) == pytest.approx([5, 0], abs=1e-4), "clockwise: the head goes to the right"
    assert crops((0, -5), degrees=90, mirrored=True) == pytest.approx([-5, 0], abs=1e-4), "mirrored last"
    assert crops((3, -5), centre=(1, 2)) == pytest.approx([2, -7], abs=1e-4)
    assert crops((3, -5), centre=(3, -3), degrees=90) == pytest.approx([2, 0], abs=1e-4), "turned around its centre"


@pytest.mark.parametrize("mirrored", [True, False])
def test_left_and_right_swap_their_labels_too(mirrored: bool) -> None:
    split = persons([[(20.0, 20.0), (30.0, 30.0), (25.0, 25.0)]], [0, 2, 1])
    one = torch.tensor([1.0])
    _, joints, labelled = affine_crops(split, SIZE, MIDDLE, one, 0 * one, torch.tensor([mirrored]), CPU)
    assert labelled[0].tolist() == ([True, False, True] if mirrored else [False, True, True])
    assert (joints[0, 0, 1] > joints[0, 1, 1]) == mirrored


def sample(
    augmentation: Augmentation, seed: int, split: PersonCrops, sigma: float = 1.0
) -> tuple[Tensor, Tensor, Tensor]:
    draws = Draws(torch.Generator().manual_seed(seed), len(split))
    inputs, targets = Pose(3, sigma).batch(split, SIZE, augmentation, draws, CPU)
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


def drawn(
    augmentation: Augmentation, split: PersonCrops, monkeypatch: pytest.MonkeyPatch
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Centre, scale, angle in degrees and mirror of one batch."""
    seen: list[tuple[Tensor, ...]] = []

    def watch(part: PersonCrops, size: tuple[int, int], *given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        seen.append(given[:4])
        return affine_crops(part, size, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(pose, "affine_crops", watch)
    sample(augmentation, 0, split)
    ((centre, scale, angle, mirrored),) = seen
    return centre, scale, angle.rad2deg(), mirrored


COUNT = 4000
"""Crops of a batch whose shares are compared: four standard errors of a share are 0.03."""


def normal_share(low: float, high: float) -> float:
    return 0.5 * (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)))


def share(values: Tensor) -> float:
    return float(values.float().mean())


@pytest.mark.slow
@pytest.mark.parametrize("flip", [True, False])
def test_crops_are_scaled_turned_and_mirrored_as_in_the_public_code(
    flip: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scale 1 + clip(0.35 N, +-0.35); six of ten turned by clip(45 N, +-90) degrees; half of them mirrored."""
    crowd = persons([[(28.0, 28.0)] * 3] * COUNT)
    asked = Augmentation(scale=0.35, rotation=45, half_body=1.0, flip=flip)
    centre, scale, degrees, mirrored = drawn(asked, crowd, monkeypatch)
    assert torch.equal(centre, MIDDLE.expand(COUNT, 2)), "three joints are too few for half a body"
    for value, beyond in ((0.65, -1), (1.35, 1)):
        assert share((scale - value).abs() < 1e-6) == pytest.approx(normal_share(1, 99), abs=0.03), beyond
    assert scale.min() >= 0.65 - 1e-6 and scale.max() <= 1.35 + 1e-6
    turned = degrees[degrees != 0]
    assert len(turned) / COUNT == pytest.approx(0.6, abs=0.03)
    assert degrees.min() == pytest.approx(-90) and degrees.max() == pytest.approx(90)
    for deviations in (-1, -0.25, 0.25, 1):
        below = normal_share(-99, deviations)
        assert share(scale < 1 + 0.35 * deviations - 1e-6) == pytest.approx(below * (deviations > -1), abs=0.03)
        assert share(turned < 45 * deviations) == pytest.approx(below, abs=0.04)
    assert share(turned.abs() > 89.999) == pytest.approx(2 * normal_share(2, 99), abs=0.02)
    assert abs(float(torch.corrcoef(torch.stack([scale, degrees]))[0, 1])) < 0.07, "drawn one by one"
    assert share(mirrored) == pytest.approx(0.5 * flip, abs=0.03)


def tall(count: int, labelled: int = 12) -> PersonCrops:
    """Persons of twelve joints, the first five of them upper ones, on a curve; the first `labelled` are labelled."""
    one = torch.stack([20.0 + torch.arange(12), 10.0 + torch.arange(12) ** 2 / 4], 1)
    visibility = (torch.arange(12) < labelled).byte() * 2
    return replace(
        persons([[(28.0, 28.0)] * 3]),
        images=torch.zeros(count, 3, SIDE, SIDE, dtype=torch.uint8),
        joints=one.expand(count, 12, 2),
        visibility=visibility.expand(count, 12),
        flip_pairs=(),
        sigmas=(0.05,) * 12,
        upper_joints=(0, 1, 2, 3, 4),
    )


def test_halves_of_bodies_are_drawn_by_the_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of ten crops show joints 0 to 4 or 5 to 11.

    Their centre is the joints' mean; they show one and a half times the longer side of their box, relative to the
    crop's. A normal number below 0.5 chooses the upper half.
    """
    crowd = tall(COUNT)
    centre, scale, _, _ = drawn(Augmentation(half_body=0.3), crowd, monkeypatch)
    halves = [half(crowd.joints[0][:5]), half(crowd.joints[0][5:]), (MIDDLE[0], 1.0)]
    shares = []
    for middle, extent in halves:
        here = (centre - middle).abs().amax(1) < 1e-5
        assert (scale[here] - extent).abs().max() < 1e-6
        shares.append(share(here))
    upper = 0.3 * normal_share(-99, 0.5)
    assert sum(shares) == pytest.approx(1) and shares == pytest.approx([upper, 0.3 - upper, 0.7], abs=0.03)


def half(joints: Tensor) -> tuple[Tensor, float]:
    """Mean, and one and a half times the longer side of the box, of `(J, 2)` joints."""
    width, height = (joints.max(0).values - joints.min(0).values).tolist()
    return joints.mean(0), 1.5 * max(width / SIZE[1], height / SIZE[0])


@pytest.mark.slow
def test_half_a_body_is_scaled_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = tall(COUNT)
    _, scale, degrees, _ = drawn(Augmentation(half_body=1.0, scale=0.35, rotation=45), crowd, monkeypatch)
    upper, lower = half(crowd.joints[0][:5])[1], half(crowd.joints[0][5:])[1]
    assert scale.min() == pytest.approx(0.65 * upper) and scale.max() == pytest.approx(1.35 * lower)
    assert share(degrees != 0) == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize(("labelled", "halved"), [(8, False), (9, True)])
def test_half_a_body_takes_more_than_eight_labelled_joints(labelled: int, halved: bool) -> None:
    centre, extent = half_bodies(tall(20, labelled), SIZE, 1.0, Draws(torch.Generator().manual_seed(0), 20))
    changed = ((centre != MIDDLE).any(1) & (extent != 1.0)).tolist()
    assert changed == [halved] * 20


def test_a_half_of_two_joints_gives_way_to_the_other() -> None:
    crowd = replace(tall(20), upper_joints=(0, 1))
    centre, extent = half_bodies(crowd, SIZE, 1.0, Draws(torch.Generator().manual_seed(0), 20))
    middle, expected = half(crowd.joints[0][2:])
    assert (centre - middle).abs().max() < 1e-5 and (extent - expected).abs().max() < 1e-6


def test_a_half_of_three_joints_is_shown() -> None:
    crowd = replace(tall(20), upper_joints=(0, 1, 2))
    centre, _ = half_bodies(crowd, SIZE, 1.0, Draws(torch.Generator().manual_seed(0), 20))
    middles = [crowd.joints[0][:3].mean(0), crowd.joints[0][3:].mean(0)]
    near = torch.stack([(centre - middle).abs().amax(1) < 1e-5 for middle in middles])
    assert near.any(0).all() and near.any(1).all(), "all are one of the two, and both occur"


def test_joints_that_are_not_labelled_do_not_count_in_a_half() -> None:
    crowd = tall(20)
    hidden = crowd.visibility.clone()
    hidden[:, [0, 11]] = 0
    centre, _ = half_bodies(replace(crowd, visibility=hidden), SIZE, 1.0, Draws(torch.Generator().manual_seed(0), 20))
    middles = [crowd.joints[0][1:5].mean(0), crowd.joints[0][5:11].mean(0)]
    near = torch.stack([(centre - middle).abs().amax(1) < 1e-5 for middle in middles])
    assert near.any(0).all() and near.any(1).all(), "all are one of the two, and both occur"


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
