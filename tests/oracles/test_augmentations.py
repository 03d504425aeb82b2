"""Augmentation of one picture at a time: image, labels and joints move together, and as the descriptions say."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.augmentations import classification, drawn_from, persons, segmentation
from supertickets.augmentations.persons import Person
from supertickets.tasks import IGNORE_LABEL, Augmentation
from tests.strategies import FEW

pytestmark = pytest.mark.slow  # loads torchvision
COLOURS = torch.tensor([60, 200], dtype=torch.uint8)
SIZE = (64, 48)
MIRRORED = [1, 0, 2]
SEEDS = st.integers(0, 2**62)


def chequered(height: int, width: int, seed: int) -> tuple[Tensor, Tensor]:
    """A picture of two colours in squares of 16 pixels, and the labels 0 and 1 of its pixels."""
    squares = torch.randint(0, 2, (height // 16, width // 16), generator=torch.Generator().manual_seed(seed))
    labels = squares.repeat_interleave(16, 0).repeat_interleave(16, 1)
    return COLOURS[labels].expand(3, -1, -1).contiguous(), labels.byte()


def spots(joints: Tensor, height: int = 160, width: int = 200) -> Tensor:
    """A picture with a bright spot per joint: joint 0 red, 1 green, 2 blue."""
    rows, columns = torch.arange(height)[:, None], torch.arange(width)
    squared = [(columns - x).square() + (rows - y).square() for x, y in joints.tolist()]
    return torch.stack([255 * torch.exp(-one / (2 * 4.0**2)) for one in squared]).round().byte()


def centres(picture: Tensor) -> Tensor:
    """Centre of brightness (x, y) of each colour."""
    bright = picture.float()
    total = bright.sum((1, 2))
    rows, columns = torch.arange(bright.shape[1]), torch.arange(bright.shape[2])
    return torch.stack([(bright.sum(1) * columns).sum(1) / total, (bright.sum(2) * rows).sum(1) / total], 1)


@FEW
@given(
    st.sampled_from([(64, 96), (96, 64), (128, 128)]),
    st.sampled_from([(48, 64), (64, 64), (160, 32)]),
    st.sampled_from([None, 48, 80]),
    SEEDS,
)
def test_labels_move_with_colours(
    source: tuple[int, int], size: tuple[int, int], short_side: int | None, seed: int
) -> None:
    picture, labels = chequered(*source, seed % 97)
    with drawn_from(seed):
        seen, mask = segmentation.varied(picture, labels, size, Augmentation(zoom=(0.5, 2.0), flip=True), short_side)
    assert (seen.dtype, mask.dtype, *seen.shape) == (torch.uint8, torch.uint8, 3, *size) and mask.shape == size
    pure = 0
    for colour, label in ((60, 0), (200, 1), (0, IGNORE_LABEL)):
        same = (seen == colour).all(0)
        pure += int(same.sum())
        assert (mask[same] == label).all()
        assert not (label != IGNORE_LABEL and ((mask == label) & (seen[0] == 260 - colour)).any())
    assert pure > 0.4 * mask.numel()


def test_labels_are_resized_around_the_centres_of_pixels() -> None:
    """So that a mirrored map stays the mirrored one, as pictures do; torch's plain nearest neighbour is off by half."""
    # an odd number of pixels: then no centre lies between two of them
    labels = torch.randint(0, 9, (15, 15), generator=torch.Generator().manual_seed(0)).byte()
    picture = torch.zeros(3, 15, 15, dtype=torch.uint8)
    for size in ((24, 24), (20, 28), (10, 11)):
        _, moved = segmentation.resized(picture, labels, size)
        _, mirrored = segmentation.resized(picture, labels.flip(1), size)
        assert torch.equal(mirrored, moved.flip(1)) and moved.shape == size


def factors(source: tuple[int, int], zoom: tuple[float, float], short_side: int | None) -> list[float]:
    """By which factor each of many pictures was enlarged: widths of a white bar in the window."""
    picture = torch.zeros(3, *source, dtype=torch.uint8)
    picture[:, :, source[1] // 2 - 20 : source[1] // 2 + 20] = 255
    found = []
    for seed in range(60):
        with drawn_from(seed):
            size = (4 * source[0], 4 * source[1])
            seen, _ = segmentation.varied(
                picture, torch.zeros(source, dtype=torch.uint8), size, Augmentation(zoom=zoom), short_side
            )
        found.append(float(seen[0].float().sum(1).max()) / 255 / 40)
    return found


@pytest.mark.parametrize(("short_side", "times"), [(None, 1.0), (96, 1.5)])
def test_the_zoom_is_between_its_bounds_and_even_in_its_logarithm(short_side: int | None, times: float) -> None:
    drawn = [math.log2(factor / times) for factor in factors((64, 96), (0.5, 2.0), short_side)]
    assert min(drawn) > -1.05 and max(drawn) < 1.05
    assert abs(sum(drawn) / len(drawn)) < 0.25 and min(drawn) < -0.7 and max(drawn) > 0.7
    assert [round(f, 1) for f in factors((64, 96), (1.0, 1.0), short_side)] == [times] * 60


def test_a_window_smaller_than_its_picture_is_full_and_a_larger_one_holds_all_of_it() -> None:
    picture, labels = chequered(64, 64, 3)
    with drawn_from(1):
        seen, mask = segmentation.varied(picture, labels, (32, 48), Augmentation())
    assert IGNORE_LABEL not in mask.unique() and any(
        torch.equal(mask, labels[top : top + 32, left : left + 48]) for top in range(33) for left in range(17)
    )
    with drawn_from(1):
        seen, mask = segmentation.varied(picture, labels, (96, 96), Augmentation())
    inside = mask != IGNORE_LABEL
    assert torch.equal(mask[inside], labels.flatten()) and torch.equal(seen[0][inside], picture[0].flatten())


@FEW
@given(
    st.lists(st.tuples(st.floats(-8, 8), st.floats(-12, 12)), min_size=3, max_size=3),
    st.tuples(st.floats(20, 180), st.floats(20, 140)),
    st.floats(0.6, 3.0),
    st.floats(-180, 180),
)
def test_spots_are_at_the_joints(
    offsets: list[tuple[float, float]], centre: tuple[float, float], scale: float, angle: float
) -> None:
    """Whatever scale and angle, also where the crop leaves the picture, a joint's pixels are where it says."""
    joints = torch.tensor(centre) - 0.5 + scale * torch.tensor(offsets)
    inside = (joints > 16).all(1) & (joints < torch.tensor([184, 144])).all(1)
    image, places = persons.crop(spots(joints), joints, centre, scale, angle, SIZE)
    assert image.shape == (3, *SIZE) and image.dtype == torch.uint8
    within = inside & (places > 16 / scale).all(1) & (places < torch.tensor([47, 63]) - 16 / scale).all(1)
    assert torch.allclose(centres(image)[within], places[within], atol=0.15)
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    expected = torch.tensor([[23.5 + x * cos - y * sin, 31.5 + x * sin + y * cos] for x, y in offsets])
    assert torch.allclose(places, expected, atol=0.02), "the centre is in the middle, and positive turns are clockwise"


def test_the_evaluation_crop_is_the_training_crop_that_nothing_changes() -> None:
    joints = torch.tensor([[100.0, 70.0], [110.0, 90.0], [95.0, 100.0]])
    picture = spots(joints)
    image, places = persons.crop(picture, joints, (100.0, 80.0), 1.0, 0.0, SIZE)
    assert torch.equal(image, picture[:, 48:112, 76:124])
    assert torch.allclose(places, joints - torch.tensor([76.0, 48.0]))


@FEW
@given(SEEDS)
def test_a_mirrored_person_has_left_and_right_exchanged(seed: int) -> None:
    joints = torch.tensor([[90.0, 70.0], [110.0, 90.0], [95.0, 85.0]])
    person = Person((100.5, 80.5), 1.0, joints, torch.tensor([2, 1, 2], dtype=torch.uint8))
    with drawn_from(seed):
        image, places, visibility = persons.varied(
            spots(joints), person, SIZE, Augmentation(flip=True), (0, 2), MIRRORED
        )
    found = centres(image)
    if visibility.tolist() == [2, 1, 2]:
        assert torch.allclose(found, places, atol=0.15) and places[0, 0] < places[1, 0]
    else:  # the colours are still those of the pixels, and so in the places that the joints have changed
        assert visibility.tolist() == [1, 2, 2] and places[0, 0] < places[1, 0]
        assert torch.allclose(found[MIRRORED], places, atol=0.15)


@pytest.mark.parametrize("of_all", [1.0, 0.5, 0.0])
def test_a_seed_gives_the_crop_that_the_formulas_say(of_all: float) -> None:
    """What is drawn of a slanting person, number by number: another order of draws would change what results mean."""
    count = torch.arange(12.0)
    joints = torch.stack([40 + 9 * count + (count % 3), 30 + 7 * count - (count % 2)], 1)
    visibility = torch.tensor([2] * 11 + [0], dtype=torch.uint8)
    mirrored = [1, 0, *range(2, 12)]
    picture = torch.randint(0, 256, (3, 160, 200), generator=torch.Generator().manual_seed(0)).byte()
    seen = set()
    for seed in range(24):
        with drawn_from(seed):
            halved, upper = torch.rand(()), torch.rand(())
            scales, angles = torch.randn(()), torch.randn(())
            turned, flips = torch.rand(()), torch.rand(())
        x, y, scale = 90.5, 70.5, 2.0
        if halved < of_all:
            half = joints[:5] if upper < 0.6914624612740131 else joints[5:11]
            wide, high = (half.amax(0) - half.amin(0)).tolist()
            x, y = (half.mean(0) + 0.5).tolist()
            scale = max(1.5 * max(wide / 48, high / 64), 0.2)
        scale *= 1 + 0.35 * max(-1.0, min(float(scales), 1.0))
        angle = 45 * max(-2.0, min(float(angles), 2.0)) if turned < 0.6 else 0.0
        image, places = persons.crop(picture, joints, (x, y), scale, angle, SIZE)
        shown = visibility
        if flips < 0.5:
            image, places = image.flip(2), torch.stack([47 - places[:, 0], places[:, 1]], 1)[mirrored]
            shown = visibility[mirrored]
        seen.add((bool(halved < of_all), bool(upper < 0.69), bool(flips < 0.5), bool(turned < 0.6)))
        augmentation = Augmentation(scale=0.35, rotation=45, half_body=of_all, flip=True)
        person = Person((90.5, 70.5), 2.0, joints, visibility)
        with drawn_from(seed):
            found = persons.varied(picture, person, SIZE, augmentation, range(5), mirrored)
        assert int((found[0].int() - image.int()).abs().max()) <= 1 and torch.equal(found[2], shown)
        assert torch.allclose(found[1], places, atol=1e-3)
    assert len(seen) >= 6


def draws(augmentation: Augmentation, visibility: Tensor, reads: Callable[[Tensor, Tensor], float]) -> list[float]:
    """What `reads` makes of picture and joints of each of many crops of a person of 17 joints in a column."""
    heights = torch.linspace(20, 140, 17)
    joints = torch.stack([torch.full((17,), 100.0), heights], 1)
    person = Person((100.5, 80.5), 2.5, joints, visibility)
    found = []
    for seed in range(400):
        with drawn_from(seed):
            picture = torch.zeros(3, 160, 200, dtype=torch.uint8)
            image, places, _ = persons.varied(picture, person, SIZE, augmentation, range(11), list(range(17)))
        found.append(reads(image, places))
    return found


FULL = torch.full((17,), 2, dtype=torch.uint8)


def length(_: Tensor, places: Tensor) -> float:
    return float((places[-1] - places[0]).norm())


def angle(_: Tensor, places: Tensor) -> float:
    x, y = (places[-1] - places[0]).tolist()
    return math.degrees(math.atan2(-x, y))


def test_scales_are_cut_normal_draws() -> None:
    factors = [48 / found for found in draws(Augmentation(scale=0.35), FULL, length)]
    assert min(factors) == pytest.approx(0.65, abs=0.01) and max(factors) == pytest.approx(1.35, abs=0.01)
    at_an_end = sum(abs(factor - 1) > 0.345 for factor in factors) / len(factors)
    assert at_an_end == pytest.approx(0.317, abs=0.07)  # beyond one standard deviation


def test_turns_are_cut_normal_draws_of_three_fifths_of_the_crops() -> None:
    angles = draws(Augmentation(rotation=45), FULL, angle)
    assert sum(abs(found) < 0.01 for found in angles) / len(angles) == pytest.approx(0.4, abs=0.07)
    assert max(angles) == pytest.approx(90, abs=0.5) and min(angles) == pytest.approx(-90, abs=0.5)
    turned = [found for found in angles if abs(found) > 0.01]
    assert sum(abs(found) < 45 for found in turned) / len(turned) == pytest.approx(0.683, abs=0.09)


def test_half_bodies_are_shown_of_persons_with_more_than_eight_joints() -> None:
    middles = draws(Augmentation(half_body=0.3), FULL, lambda _, places: float(places[:, 1].mean()))
    whole = sum(abs(middle - 31.5) < 0.01 for middle in middles) / len(middles)
    assert whole == pytest.approx(0.7, abs=0.07)
    upper = sum(middle > 32 for middle in middles) / sum(abs(middle - 31.5) > 0.01 for middle in middles)
    assert upper == pytest.approx(0.69, abs=0.12)
    few = FULL.clone()
    few[8:] = 0
    assert {round(found, 3) for found in draws(Augmentation(half_body=1.0), few, length)} == {48.0}


def test_half_a_body_fills_its_crop_by_the_formula() -> None:
    """Joints 0 to 10, 75 of 120 pixels: in a crop of 64 pixels at 1.5 times their extent they take 64 / 1.5 of them."""
    found = draws(Augmentation(half_body=1.0), FULL, lambda _, places: float(places[10, 1] - places[0, 1]))
    assert max(found) == pytest.approx(64 / 1.5 * 75 / 37.5, rel=1e-3)  # the lower half: six joints, 37.5 pixels
    assert min(found) == pytest.approx(64 / 1.5, rel=1e-3)


def test_a_window_of_a_classified_picture_has_an_area_between_the_bounds() -> None:
    """Colours grow from left to right and from top to bottom, so that a window's corners tell where it was."""
    rows = torch.linspace(0, 255, 256)[:, None].expand(256, 256)
    picture = torch.stack([rows, rows.T, torch.zeros(256, 256)]).round().byte()
    areas, mirrored = [], 0
    for seed in range(300):
        with drawn_from(seed):
            seen = classification.varied(picture, (32, 32), Augmentation(zoom=(1.0, 3.5), flip=True)).float()
        assert seen.shape == (3, 32, 32)
        across = float(seen[1, :, -1].mean() - seen[1, :, 0].mean()) * 32 / 31
        mirrored += across < 0
        areas.append(float(seen[0, -1].mean() - seen[0, 0].mean()) * 32 / 31 * abs(across) / 255**2)
    assert 0.07 < min(areas) < 0.2 and 0.85 < max(areas) < 1.05
    # in a square picture the largest windows have no room for other proportions than its own
    assert 0.4 < sum(areas) / len(areas) < (1 + 3.5**-2) / 2 + 0.03
    assert mirrored == pytest.approx(150, abs=30)


def test_a_scored_picture_shows_the_middle() -> None:
    picture = torch.zeros(3, 100, 200, dtype=torch.uint8)
    picture[:, 10:90, 60:140] = 255
    seen = classification.whole(picture, (32, 32), 0.8)
    assert (seen[:, 2:-2, 2:-2] == 255).all()
    assert (seen[:, 0] > 150).all() and (seen[:, :, -1] > 150).all()
    assert (classification.whole(picture, (32, 32), 1.0)[:, 0] < 50).all()


def test_colours_change_by_the_strength_and_nothing_else_does() -> None:
    picture = torch.full((3, 8, 8), 100, dtype=torch.uint8)
    means = []
    for seed in range(200):
        with drawn_from(seed):
            means.append(float(classification.varied(picture, (8, 8), Augmentation(photometric=0.4)).float().mean()))
    assert 58 <= min(means) < 70 and 130 < max(means) <= 141
    with drawn_from(0):
        assert torch.equal(classification.varied(picture, (8, 8), Augmentation()), picture)


def test_a_seed_decides_everything_and_disturbs_nothing() -> None:
    picture, labels = chequered(64, 64, 0)
    augmentation = Augmentation(zoom=(0.5, 2.0), flip=True, photometric=0.5)
    seen = []
    for before in (1, 2):
        torch.manual_seed(before)
        expected = torch.rand(3)
        torch.manual_seed(before)
        with drawn_from(7):
            seen.append(segmentation.varied(picture, labels, (48, 48), augmentation))
        assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(one, other) for one, other in zip(*seen, strict=True))
    with drawn_from(8):
        assert not torch.equal(segmentation.varied(picture, labels, (48, 48), augmentation)[0], seen[0][0])
