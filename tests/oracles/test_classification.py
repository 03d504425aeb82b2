"""Top-1, top-5, label smoothing and random crops of classification against loops in plain Python."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.batches import Batches
from supertickets.recipe import Recipe
from supertickets.seeding import Draws
from supertickets.tasks import Augmentation, ClassifiedImages
from supertickets.tasks.base import MEAN, STD, normalise
from supertickets.tasks.classification import Classification, places_of
from supertickets.tasks.windows import window_grid
from tests.oracles.reciting import Recite, numbered_images
from tests.strategies import FEW

pytestmark = pytest.mark.fast
CPU = torch.device("cpu")


def split_of(labels: list[int], classes: int) -> ClassifiedImages:
    names = tuple(f"class {number}" for number in range(classes))
    return ClassifiedImages(numbered_images(len(labels)), torch.tensor(labels), names)


@st.composite
def guesses(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    """Labels, and whole-numbered logits, so that there are ties."""
    classes = draw(st.integers(2, 9))
    row = st.lists(st.integers(-2, 2), min_size=classes, max_size=classes)
    samples = draw(st.lists(st.tuples(st.integers(0, classes - 1), row), min_size=1, max_size=20))
    return [label for label, _ in samples], [logits for _, logits in samples]


def accuracy_by_loops(labels: list[int], logits: list[list[int]], allowed: int) -> float:
    right = 0
    for label, row in zip(labels, logits, strict=True):
        order = sorted(range(len(row)), key=lambda c: (-row[c], c))
        right += label in order[:allowed]
    return 100 * right / len(labels)


@given(guesses(), st.integers(1, 7))
def test_accuracies_are_sorted_guesses_over_the_set(drawn: tuple[list[int], list[list[int]]], batch_size: int) -> None:
    labels, logits = drawn
    classes = len(logits[0])
    net = Recite(torch.tensor(logits, dtype=torch.float32))
    found = Classification(classes).evaluate(net, split_of(labels, classes), (16, 16), batch_size, CPU)
    expected = {"top1": accuracy_by_loops(labels, logits, 1)}
    if classes > 5:
        expected["top5"] = accuracy_by_loops(labels, logits, 5)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("classes", "metrics"), [(5, ["top1"]), (6, ["top1", "top5"])])
def test_five_guesses_among_five_classes_are_no_metric(classes: int, metrics: list[str]) -> None:
    found = Classification(classes).evaluate(
        Recite(torch.zeros(2, classes)), split_of([0, 1], classes), (16, 16), 2, CPU
    )
    assert list(found) == metrics


@given(guesses())
def test_the_first_guess_is_argmax(drawn: tuple[list[int], list[list[int]]]) -> None:
    labels, logits = torch.tensor(drawn[0]), torch.tensor(drawn[1], dtype=torch.float32)
    assert torch.equal(places_of(labels, logits) == 0, logits.argmax(dim=1) == labels)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_net_that_is_broken_is_not_scored(value: float) -> None:
    logits = torch.zeros(2, 8)
    logits[1, 5] = value
    with pytest.raises(ValueError, match="outputs are not finite, so it cannot be scored: lower the learning rate"):
        Classification(8).evaluate(Recite(logits), split_of([0, 7], 8), (16, 16), 2, CPU)


@pytest.mark.parametrize("outputs", [7, 9])
def test_a_net_for_other_classes_is_refused(outputs: int) -> None:
    with pytest.raises(ValueError, match=r"shape \(2, \d\), the task needs \(batch, 8, ...\): give the net 8 outputs"):
        Classification(8).evaluate(Recite(torch.zeros(2, outputs)), split_of([0, 7], 8), (16, 16), 2, CPU)
    with pytest.raises(ValueError, match="give the net 8 outputs"):
        Classification(8).loss(torch.zeros(2, outputs), torch.tensor([0, 6]))


def test_data_of_other_classes_are_refused() -> None:
    split = split_of([0, 1], 3)
    with pytest.raises(ValueError, match="the data have 3 classes, the task 4: give task and net 3"):
        Classification(4).evaluate(Recite(torch.zeros(2, 4)), split, (16, 16), 2, CPU)
    with pytest.raises(ValueError, match="the data have 3 classes, the task 4"):
        Batches(Classification(4), split, Recipe((16, 16), 2, 1), 0, CPU)


def test_images_are_evaluated_whole_at_the_size_asked_for() -> None:
    seen = []

    def net(inputs: Tensor) -> Tensor:
        seen.append(inputs)
        return torch.zeros(len(inputs), 3)

    split = split_of([0, 1, 2], 3)
    Classification(3).evaluate(net, split, (8, 24), 2, CPU)
    assert [tuple(inputs.shape) for inputs in seen] == [(2, 3, 8, 24), (1, 3, 8, 24)]
    torch.testing.assert_close(torch.cat(seen)[:, :, 4, 4], normalise(split.images)[:, :, 4, 4])


def test_labels_that_are_no_class_and_empty_splits_are_refused() -> None:
    for strange in (3, -1):
        unnamed = split_of([0, strange], 0)
        with pytest.raises(ValueError, match=f"label {strange} found, but the task has 3 classes"):
            Classification(3).evaluate(Recite(torch.zeros(2, 3)), unnamed, (16, 16), 2, CPU)
        with pytest.raises(ValueError, match=f"label {strange} found, but the task has 3 classes"):
            Classification(3).batch(unnamed, (16, 16), Augmentation(), Draws(torch.Generator(), 2), CPU)
    empty = ClassifiedImages(numbered_images(0), torch.zeros(0, dtype=torch.int64), ("a", "b"))
    with pytest.raises(ValueError, match="no image in the whole split"):
        Classification(2).evaluate(Recite(torch.zeros(1, 2)), empty, (16, 16), 2, CPU)


@FEW
@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(2, 12))
def test_label_smoothing_is_its_closed_form(seed: int, smoothing: float, classes: int) -> None:
    """(1 - s) of the target on the right class, s spread evenly over all classes, the right one included."""
    random = torch.Generator().manual_seed(seed)
    logits = torch.randn(6, classes, generator=random, dtype=torch.float64)
    labels = torch.randint(0, classes, (6,), generator=random)
    losses = []
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        log_total = math.log(sum(math.exp(value) for value in row))
        target = [smoothing / classes + (1 - smoothing) * (c == label) for c in range(classes)]
        losses.append(-sum(share * (value - log_total) for share, value in zip(target, row, strict=True)))
    found = Classification(classes, label_smoothing=smoothing).loss(logits, labels)
    assert float(found) == pytest.approx(sum(losses) / len(losses), rel=1e-9)


def test_the_paper_smooths_by_a_tenth() -> None:
    assert Classification(10) == Classification(10, label_smoothing=0.1)


def window_by_loops(
    image: list[list[float]], size: tuple[int, int], zoom: float, shift: tuple[float, float], mirror: int
) -> list[list[float]]:
    """Bilinear samples at the centres of the window's pixels; black outside of the image."""
    height, width = len(image), len(image[0])

    def pixel(row: int, column: int) -> float:
        return image[row][column] if 0 <= row < height and 0 <= column < width else 0.0

    shown = [[0.0] * size[1] for _ in range(size[0])]
    covered = size[0] / zoom, size[1] / zoom
    middle_y = height / 2 + shift[1] * abs(height - covered[0]) / 2
    middle_x = width / 2 + shift[0] * abs(width - covered[1]) / 2
    for row, column in product(range(size[0]), range(size[1])):
        y = middle_y + ((row + 0.5) / size[0] - 0.5) * covered[0] - 0.5
        x = middle_x + mirror * ((column + 0.5) / size[1] - 0.5) * covered[1] - 0.5
        top, left = math.floor(y), math.floor(x)
        for dy, dx in product((0, 1), (0, 1)):
            weight = (1 - abs(y - top - dy)) * (1 - abs(x - left - dx))
            shown[row][column] += weight * pixel(top + dy, left + dx)
    return shown


SIDES = st.tuples(st.integers(3, 9), st.integers(3, 9))


@FEW
@given(
    SIDES, SIDES, st.floats(0.5, 3), st.floats(-1, 1), st.floats(-1, 1), st.sampled_from((1, -1)), st.integers(0, 99)
)
def test_windows_are_bilinear_samples_by_loops(
    source: tuple[int, int], size: tuple[int, int], zoom: float, x: float, y: float, mirror: int, seed: int
) -> None:
    image = torch.rand(source, generator=torch.Generator().manual_seed(seed)) * 255
    grid = window_grid(source, size, torch.tensor([zoom]), torch.tensor([[x], [y]]), torch.tensor([float(mirror)]))
    found = torch.nn.functional.grid_sample(image[None, None], grid, align_corners=False)[0, 0]
    expected = torch.tensor(window_by_loops(image.tolist(), size, zoom, (x, y), mirror))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0.02)


def batch(augmentation: Augmentation, seed: int, size: tuple[int, int]) -> tuple[Tensor, Tensor, ClassifiedImages]:
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (8, 3, 12, 16), generator=random, dtype=torch.uint8)
    split = ClassifiedImages(pixels, torch.randint(0, 4, (8,), generator=random), tuple("abcd"))
    draws, chosen = Draws(torch.Generator().manual_seed(seed), 3), torch.tensor([3, 1, 6])
    images, labels = Classification(4).batch(split.take(chosen), size, augmentation, draws, CPU)
    assert torch.equal(labels, split.labels[chosen]) and labels.dtype == torch.int64
    return images, pixels[chosen], split


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_is_the_windows_of_its_draws(seed: int) -> None:
    images, chosen, _ = batch(Augmentation(zoom=(0.6, 2.0), flip=True), seed, (10, 12))
    draws = torch.Generator().manual_seed(seed)
    zooms = [math.exp(math.log(0.6) + u * math.log(2.0 / 0.6)) for u in torch.rand(3, generator=draws).tolist()]
    shifts = (torch.rand(6, generator=draws) * 2 - 1).tolist()
    mirrors = [-1 if u < 0.5 else 1 for u in torch.rand(3, generator=draws).tolist()]
    for i in range(3):
        for channel in range(3):
            plane = chosen[i, channel].float().tolist()
            expected = torch.tensor(window_by_loops(plane, (10, 12), zooms[i], (shifts[i], shifts[3 + i]), mirrors[i]))
            shown = (images[i, channel] * STD[channel] + MEAN[channel]) * 255
            torch.testing.assert_close(shown, expected, rtol=1e-4, atol=0.05)


def test_without_augmentation_a_batch_is_the_images() -> None:
    images, chosen, _ = batch(Augmentation(), 0, (12, 16))
    assert torch.equal(images, normalise(chosen))


def test_colours_change_where_asked() -> None:
    plain, changed = batch(Augmentation(), 0, (12, 16))[0], batch(Augmentation(photometric=0.3), 0, (12, 16))[0]
    assert not torch.equal(plain, changed)
    assert torch.equal(changed, batch(Augmentation(photometric=0.3), 0, (12, 16))[0])


@pytest.mark.slow  # loads torchvision
def test_pixels_are_normalised_as_in_torchvision() -> None:
    from torchvision.transforms._presets import ImageClassification

    theirs = ImageClassification(crop_size=8)
    assert (list(MEAN), list(STD)) == (theirs.mean, theirs.std)
