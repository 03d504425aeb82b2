"""The range test measures the loss of unchanged pictures that were not trained on, and takes a rate of a small one."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from supertickets.batches import Batches
from supertickets.optimizers import Optimization
from supertickets.own import learning_rate
from supertickets.own.errors import DrawError
from supertickets.own.learning_rate import Tried, best_rate, try_rate
from supertickets.recipe import Recipe
from supertickets.tasks import Augmentation, LabelledImages
from supertickets.tasks.base import normalise
from supertickets.tasks.segmentation import Segmentation
from supertickets.trainer import Diverged
from tests.properties.small import images

pytestmark = pytest.mark.fast

RECIPE = Recipe((16, 16), 4, 1, Optimization(lr=0.5, averaged=True), Augmentation(zoom=(2.0, 3.0), flip=True))


class Training:
    """Takes two seconds per step; keeps its batches."""

    def __init__(self, clock: list[float], error: Exception | None = None, broken: float = 0.0) -> None:
        self.clock, self.error, self.net = clock, error, nn.Conv2d(3, 3, 1)
        nn.init.constant_(self.net.bias, broken)

    def on(self, batches: Batches) -> Any:
        """Takes three seconds."""
        self.clock[0] += 3.0
        self.batches = batches
        return self

    def train_epoch(self, epoch: int) -> None:
        assert epoch == 1
        self.clock[0] += 2.0 * self.batches.recipe.steps_per_epoch
        if self.error:
            raise self.error


def tried(training: Training) -> Tried:
    return try_rate(0.02, 6, training.on, Segmentation(3), RECIPE, images(8, seed=1), images(4, seed=2), seed=0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its one value is the time in seconds."""
    now = [0.0]
    monkeypatch.setattr(learning_rate.time, "perf_counter", lambda: now[0])
    return now


def test_the_loss_is_that_of_unchanged_pictures_that_are_not_trained_on(clock: list[float]) -> None:
    training, kept = Training(clock), images(4, seed=2)
    found = tried(training)
    given, trained = training.batches.recipe, training.batches.samples
    assert (given.optimization.lr, given.optimization.averaged, given.steps_per_epoch) == (0.02, False, 6)
    assert isinstance(trained, LabelledImages) and torch.equal(trained.images, images(8, seed=1).images)
    assert given.augmentation == RECIPE.augmentation
    with torch.no_grad():
        expected = float(Segmentation(3).loss(training.net(normalise(kept.images)), kept.labels.long()))
    assert found == (0.02, pytest.approx(expected, rel=1e-5), 2.0, 3.0)


@pytest.mark.parametrize(("error", "broken"), [(Diverged("loss is nan"), 0.0), (None, math.nan), (None, math.inf)])
def test_what_diverges_has_an_infinite_loss(error: Exception | None, broken: float, clock: list[float]) -> None:
    assert tried(Training(clock, error, broken))[:3] == (0.02, math.inf, 2.0)


def test_the_rate_of_the_smallest_loss_is_taken() -> None:
    losses = {0.1: 0.5, 0.2: 0.3, 0.4: math.inf}
    assert best_rate([Tried(rate, loss, 1.0) for rate, loss in losses.items()]) == (Tried(0.2, 0.3, 1.0), 1)


@pytest.mark.parametrize(
    ("losses", "rate", "alike"),
    [
        ({0.1: 0.00522, 0.2: 0.00523, 0.4: 0.00523, 0.7: 0.00525}, 0.4, 4),
        ({0.7: 0.00525, 0.4: 0.00523, 0.2: 0.00523, 0.1: 0.00522}, 0.4, 4),
        ({0.1: 1.0, 0.2: 1.009, 0.4: 1.008}, 0.2, 3),
        ({0.1: 1.0, 0.2: 1.011, 0.4: 1.009}, 0.4, 2),
        ({0.1: 1.0, 0.2: 1.011, 0.4: math.inf}, 0.1, 1),
    ],
)
def test_of_rates_whose_losses_are_alike_the_middle_one_is_taken(
    losses: dict[float, float], rate: float, alike: int
) -> None:
    found, count = best_rate([Tried(one, loss, 1.0) for one, loss in losses.items()])
    assert (found.rate, count) == (rate, alike)


def test_data_that_nothing_can_be_learned_from_are_told() -> None:
    with pytest.raises(DrawError, match=r"diverges with each learning rate from 0.1 to 0.4: look at the data"):
        best_rate([Tried(rate, math.inf, 1.0) for rate in (0.2, 0.1, 0.4)])
