"""mIoU, mAcc, aAcc and the loss against loops over pixels of the whole set."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.batches import Batches
from supertickets.recipe import Recipe
from supertickets.tasks import IGNORE_LABEL, LabelledImages
from supertickets.tasks.segmentation import Segmentation, confusion_matrix, segmentation_metrics
from tests.oracles.reciting import Recite, numbered_images
from tests.strategies import FEW

pytestmark = pytest.mark.fast
CPU = torch.device("cpu")
Pairs = list[tuple[int, int]]


@st.composite
def labelled_pixels(draw: st.DrawFn) -> tuple[int, Pairs]:
    """Number of classes and (label, prediction) of every pixel; some classes absent, some pixels ignored."""
    classes = draw(st.integers(1, 6))
    present = st.sampled_from(sorted(draw(st.sets(st.integers(0, classes - 1), min_size=1))))
    pairs = st.tuples(st.one_of(present, st.just(IGNORE_LABEL)), st.integers(0, classes - 1))
    pixels = draw(st.lists(pairs, min_size=1, max_size=60))
    return classes, [*pixels, (draw(present), draw(present))]


def by_loops(classes: int, pixels: Pairs) -> dict[str, float]:
    counted = [(label, guess) for label, guess in pixels if label != IGNORE_LABEL]
    overlaps, recalls = [], []
    for c in range(classes):
        hits = sum(label == c and guess == c for label, guess in counted)
        union = sum(c in (label, guess) for label, guess in counted)
        of_class = sum(label == c for label, _ in counted)
        overlaps += [hits / union] if union else []
        recalls += [hits / of_class] if of_class else []
    right = sum(label == guess for label, guess in counted)
    return {
        "miou": 100 * sum(overlaps) / len(overlaps),
        "macc": 100 * sum(recalls) / len(recalls),
        "aacc": 100 * right / len(counted),
    }


def tensors(pixels: Pairs) -> tuple[Tensor, Tensor]:
    labels = torch.tensor([label for label, _ in pixels], dtype=torch.uint8)
    return torch.tensor([guess for _, guess in pixels]), labels


@given(labelled_pixels())
def test_metrics_are_loops_over_pixels(drawn: tuple[int, Pairs]) -> None:
    classes, pixels = drawn
    guesses, labels = tensors(pixels)
    confusion = confusion_matrix(guesses, labels, classes)
    assert confusion.tolist() == [[pixels.count((i, j)) for j in range(classes)] for i in range(classes)]
    assert segmentation_metrics(confusion) == pytest.approx(by_loops(classes, pixels), rel=1e-12)


def random_split(seed: int, count: int = 5) -> tuple[LabelledImages, Tensor]:
    random = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (count, 24, 24), generator=random, dtype=torch.uint8)
    labels[torch.rand(labels.shape, generator=random) < 0.2] = IGNORE_LABEL
    labels[0, :, :] = 0  # an image of one class: a mean over images would differ from one over the set
    return LabelledImages(numbered_images(count), labels, ("a", "b", "c")), torch.randn(
        count, 3, 4, 4, generator=random
    )


@FEW
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_evaluation_is_over_the_set_at_the_size_of_the_labels(seed: int, batch_size: int) -> None:
    split, logits = random_split(seed)
    found = Segmentation(3).evaluate(Recite(logits), split, (16, 16), batch_size, torch.device("cpu"))
    large = torch.nn.functional.interpolate(logits, (24, 24), mode="bilinear", align_corners=False).argmax(1)
    pairs = list(zip(split.labels.reshape(-1).tolist(), large.reshape(-1).tolist(), strict=True))
    assert found == pytest.approx(by_loops(3, pairs), rel=1e-9)


def test_a_label_that_is_no_class_is_refused() -> None:
    with pytest.raises(ValueError, match="label 3 found, but the task has 3 classes and 255 = ignore"):
        confusion_matrix(torch.tensor([0, 1]), torch.tensor([3, 1], dtype=torch.uint8), 3)


@pytest.mark.parametrize("guess", [-1, 3, 4])
def test_a_prediction_that_is_no_class_lands_in_no_cell(guess: int) -> None:
    """3 x 3 cells: without a look, class 3 of label 0 would count as class 0 of label 1."""
    with pytest.raises(ValueError, match=r"predictions reach from -?\d to \d in 3 classes"):
        confusion_matrix(torch.tensor([guess, 1]), torch.tensor([0, 1], dtype=torch.uint8), 3)


@pytest.mark.parametrize("outputs", [2, 4])
def test_a_net_for_other_classes_is_neither_scored_nor_trained(outputs: int) -> None:
    split, _ = random_split(0)
    with pytest.raises(ValueError, match=r"shape \(5, \d, 4, 4\), the task needs \(batch, 3, ...\): give the net 3"):
        Segmentation(3).evaluate(Recite(torch.zeros(5, outputs, 4, 4)), split, (16, 16), 5, CPU)
    with pytest.raises(ValueError, match="give the net 3 outputs"):
        Segmentation(3).loss(torch.zeros(5, outputs, 4, 4), split.labels.long())


def test_data_of_other_classes_are_neither_scored_nor_trained_on() -> None:
    split, _ = random_split(0)
    with pytest.raises(ValueError, match="the data have 3 classes, the task 4: give task and net 3"):
        Segmentation(4).evaluate(Recite(torch.zeros(5, 4, 4, 4)), split, (16, 16), 5, CPU)
    with pytest.raises(ValueError, match="the data have 3 classes, the task 4"):
        Batches(Segmentation(4), split, Recipe((16, 16), 2, 1), 0, CPU)
    unnamed = replace(split, class_names=())
    with pytest.raises(ValueError, match="label 2 found, but the task has 2 classes and 255 = ignore"):
        Batches(Segmentation(2), unnamed, Recipe((24, 24), 5, 1), 0, CPU).batch(0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_net_that_is_broken_is_not_scored(value: float) -> None:
    split, logits = random_split(0)
    logits[4, 1, 3, 3] = value
    with pytest.raises(ValueError, match="outputs are not finite, so it cannot be scored: lower the learning rate"):
        Segmentation(3).evaluate(Recite(logits), split, (16, 16), 2, CPU)


def test_a_split_without_labelled_pixels_is_refused() -> None:
    nothing = confusion_matrix(torch.tensor([0]), torch.tensor([IGNORE_LABEL]), 3)
    with pytest.raises(ValueError, match="no labelled pixel in the whole split"):
        segmentation_metrics(nothing)


@FEW
@given(st.integers(0, 10**6))
def test_the_loss_is_the_mean_over_labelled_pixels(seed: int) -> None:
    split, logits = random_split(seed)
    labels = split.labels.long()
    large = torch.nn.functional.interpolate(logits, (24, 24), mode="bilinear", align_corners=False).log_softmax(1)
    losses = [
        -float(large[i, int(label), y, x])
        for i, image in enumerate(labels)
        for y, row in enumerate(image)
        for x, label in enumerate(row)
        if label != IGNORE_LABEL
    ]
    assert float(Segmentation(3).loss(logits, labels)) == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_the_loss_of_unlabelled_images_is_zero() -> None:
    logits = torch.randn(1, 3, 4, 4, requires_grad=True)
    loss = Segmentation(3).loss(logits, torch.full((1, 8, 8), IGNORE_LABEL))
    loss.backward()
    assert loss.item() == 0.0 and logits.grad is not None and not logits.grad.any()


@pytest.mark.parametrize(("scored_at", "expected"), [("training size", (8, 16)), ("own size", (24, 32))])
def test_segmentations_are_scored_at_their_own_size(scored_at: str, expected: tuple[int, int]) -> None:
    """`training size` brings whole images to the size of training inputs, `own size` leaves them as they are."""
    task = Segmentation(2, scored_at=scored_at)  # type: ignore[arg-type]
    split = LabelledImages(
        torch.zeros(3, 3, 24, 32, dtype=torch.uint8), torch.zeros(3, 48, 64, dtype=torch.uint8), ("a", "b")
    )
    seen = []

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(inputs.shape[2:]))
        return torch.zeros(len(inputs), 2, 4, 4)

    assert task.evaluate(forward, split, (8, 16), 2, torch.device("cpu"))["aacc"] == 100
    assert seen == [expected] * 2
