"""Random crops for segmentation: labels go where their pixels go."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.seeding import Draws
from supertickets.tasks import IGNORE_LABEL, Augmentation, LabelledImages
from supertickets.tasks.base import MEAN, STD, jitter_colours, normalise
from supertickets.tasks.segmentation import Segmentation, _crop
from supertickets.tasks.windows import window_grid

pytestmark = pytest.mark.fast
SIZES = st.tuples(st.sampled_from((16, 24, 40)), st.sampled_from((16, 24, 40)))
COLOURS = torch.tensor([60.0, 200.0])


def chequered(size: tuple[int, int], seed: int) -> Tensor:
    """Labels 0 and 1 in 8x8 squares, `(1, H, W)`."""
    squares = torch.randint(0, 2, (1, 1, size[0] // 8, size[1] // 8), generator=torch.Generator().manual_seed(seed))
    return squares.repeat_interleave(8, 2).repeat_interleave(8, 3)[0]


def crop(
    labels: Tensor, size: tuple[int, int], zoom: float, shift: tuple[float, float], mirror: float
) -> tuple[Tensor, Tensor]:
    images = COLOURS[labels].unsqueeze(1).repeat(1, 3, 1, 1)
    zooms, shifts, mirrors = torch.tensor([zoom]), torch.tensor(shift).view(2, 1), torch.tensor([mirror])
    source = (labels.shape[1], labels.shape[2])
    return _crop(images, labels.byte(), window_grid(source, size, zooms, shifts, mirrors))


@given(
    SIZES,
    SIZES,
    st.floats(0.5, 3),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.sampled_from((1.0, -1.0)),
    st.integers(0, 99),
)
def test_labels_move_with_colours(
    source: tuple[int, int], size: tuple[int, int], zoom: float, x: float, y: float, mirror: float, seed: int
) -> None:
    images, labels = crop(chequered(source, seed), size, zoom, (x, y), mirror)
    for colour, label in ((60.0, 0), (200.0, 1), (0.0, IGNORE_LABEL)):
        pure = (images[:, 0] - colour).abs() < 1e-2
        assert (labels[pure] == label).all()
    assert set(labels.unique().tolist()) <= {0, 1, IGNORE_LABEL}
    mixed = torch.stack([(images[:, 0] - colour).abs() >= 1e-2 for colour in (0.0, 60.0, 200.0)]).all(0)
    assert mixed.float().mean() < 0.7, "colours mix along the borders of squares; too few pixels were compared"


@given(SIZES, st.integers(0, 99), st.sampled_from((1.0, -1.0)))
def test_without_zoom_a_crop_of_the_size_is_the_image_or_its_mirror(
    size: tuple[int, int], seed: int, mirror: float
) -> None:
    whole = chequered(size, seed)
    images, labels = crop(whole, size, 1.0, (0.7, -0.3), mirror)
    expected = whole if mirror > 0 else whole.flip(2)
    assert torch.equal(labels.long(), expected)
    torch.testing.assert_close(images[:, 0], COLOURS[expected], rtol=0, atol=0.05)


@pytest.mark.parametrize("x", [-1, 0, 1])
@pytest.mark.parametrize("y", [-1, 0, 1])
def test_shifts_reach_the_borders_and_no_further(x: int, y: int) -> None:
    whole = chequered((32, 48), 1)
    _, labels = crop(whole, (16, 16), 1.0, (x, y), 1.0)
    top, left = (1 + y) * 8, (1 + x) * 16
    assert torch.equal(labels.long(), whole[:, top : top + 16, left : left + 16])


@given(st.floats(1, 3), st.floats(-1, 1), st.floats(-1, 1), st.sampled_from((1.0, -1.0)))
@example(1.0, 1.0, -1.0, 1.0)
@example(1.5, -1.0, 1.0, -1.0)
def test_enlarged_images_fill_the_crop(zoom: float, x: float, y: float, mirror: float) -> None:
    _, labels = crop(chequered((24, 24), 2), (24, 24), zoom, (x, y), mirror)
    assert (labels != IGNORE_LABEL).all()


@pytest.mark.parametrize("zoom", [0.5, 0.75])
def test_shrunk_images_are_whole_and_the_rest_is_ignored(zoom: float) -> None:
    for shift in ((-1.0, -1.0), (0.0, 0.0), (1.0, -1.0)):
        images, labels = crop(chequered((32, 32), 3), (32, 32), zoom, shift, 1.0)
        assert (labels != IGNORE_LABEL).float().mean() == zoom**2
        assert images[:, 0][labels == IGNORE_LABEL].max() <= 100, "at most half a bright border pixel"


def test_doubling_shows_the_middle_at_twice_the_size() -> None:
    whole = chequered((32, 32), 4)
    _, labels = crop(whole, (32, 32), 2.0, (0.0, 0.0), 1.0)
    assert torch.equal(labels.long(), whole[:, 8:24, 8:24].repeat_interleave(2, 1).repeat_interleave(2, 2))


def test_labels_may_be_larger_than_images() -> None:
    whole = chequered((32, 32), 5)
    small = COLOURS[whole[:, ::2, ::2]].unsqueeze(1)
    zoom, shift, mirror = torch.tensor([2.0]), torch.tensor([[0.5], [-0.5]]), torch.tensor([-1.0])
    # zoom is relative to the image's pixels: a 16x16 crop of the 16x16 image
    _, labels = _crop(small, whole.byte(), window_grid((16, 16), (16, 16), zoom, shift, mirror))
    assert torch.equal(labels.long(), whole[:, 4:20, 12:28].flip(2))


def batch(
    augmentation: Augmentation, seed: int, size: tuple[int, int] = (16, 16)
) -> tuple[Tensor, Tensor, LabelledImages]:
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (8, 3, 16, 16), generator=random, dtype=torch.uint8)
    split = LabelledImages(pixels, torch.randint(0, 2, (8, 16, 16), generator=random, dtype=torch.uint8), ("a", "b"))
    draws = Draws(torch.Generator().manual_seed(seed), 8)
    images, labels = Segmentation(2).batch(split, size, augmentation, draws, torch.device("cpu"))
    return images, labels, split


def test_without_augmentation_a_batch_is_the_images() -> None:
    images, labels, split = batch(Augmentation(), 0)
    assert torch.equal(images, normalise(split.images)) and torch.equal(labels, split.labels.long())
    mean, std = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)
    torch.testing.assert_close(images, (split.images / 255 - mean) / std, rtol=1e-5, atol=1e-5)


def test_flips_mirror_about_half_of_the_images_with_their_labels() -> None:
    mirrored = 0
    for seed in range(10):
        _, labels, split = batch(Augmentation(flip=True), seed)
        for found, original in zip(labels, split.labels.long(), strict=True):
            mirrored += torch.equal(found, original.flip(1))
            assert torch.equal(found, original) or torch.equal(found, original.flip(1))
    assert 20 < mirrored < 60


def test_a_fixed_zoom_is_applied() -> None:
    images, labels, split = batch(Augmentation(zoom=(2.0, 2.0)), 0)
    assert not torch.equal(labels, split.labels.long()) and not torch.equal(images, normalise(split.images))


def test_batches_are_functions_of_the_draws() -> None:
    everything = Augmentation(zoom=(0.5, 2.0), flip=True, photometric=0.3)
    one, same, other = (batch(everything, seed)[0] for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert torch.equal(batch(Augmentation(photometric=0.3), 1)[1], batch(Augmentation(), 1)[1])


@given(st.floats(0.01, 0.5), st.integers(0, 10**6))
def test_colours_stay_in_range_and_grey_stays_grey(strength: float, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    grey = (torch.rand(3, 1, 8, 8, generator=random) * 255).repeat(1, 3, 1, 1)
    changed = jitter_colours(grey, strength, Draws(random, 3))
    assert changed.min() >= 0 and changed.max() <= 255 and not torch.equal(changed, grey)
    torch.testing.assert_close(changed[:, 0], changed[:, 1])
    middle = changed.mean((1, 2, 3)) / grey.mean((1, 2, 3))
    assert (middle <= 1 + strength + 1e-3).all() and (middle >= 1 - strength - 0.2).all()


def test_colours_change_by_the_formula() -> None:
    """Contrast about the mean of all values, times brightness; then saturation about the grey of each pixel."""
    images = torch.rand(3, 3, 4, 5, generator=torch.Generator().manual_seed(1)) * 255
    found = jitter_colours(images, 0.4, Draws(torch.Generator().manual_seed(2), 3))
    draws = torch.Generator().manual_seed(2)
    brightness, contrast, saturation = ((torch.rand(3, generator=draws) * 0.8 + 0.6).tolist() for _ in range(3))
    for i, row, column in product(range(3), range(4), range(5)):
        mean = float(images[i].mean())
        pixel = [brightness[i] * (mean + contrast[i] * (v - mean)) for v in images[i, :, row, column].tolist()]
        grey = sum(pixel) / 3
        expected = [min(max(grey + saturation[i] * (v - grey), 0), 255) for v in pixel]
        assert found[i, :, row, column].tolist() == pytest.approx(expected, abs=1e-2)


def test_no_strength_is_no_change() -> None:
    images = torch.rand(2, 3, 4, 4) * 255
    assert jitter_colours(images, 0.0, Draws(torch.Generator(), 2)) is images
