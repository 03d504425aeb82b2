"""A short range test: which peak learning rate leaves a small loss on pictures that are not trained on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from supertickets.batches import Batches
from supertickets.own.errors import DrawError
from supertickets.recipe import Recipe
from supertickets.samples import Samples
from supertickets.seeding import derive_seed
from supertickets.tasks import Augmentation, Task
from supertickets.trainer import Diverged, Trainer

LOSS_BATCHES = 8
ALIKE = 0.01
"""Losses that exceed the smallest by no more than this share of it differ by chance."""


class Tried(NamedTuple):
    """A peak rate, the loss it left, how long a step took, and how long all that was no step."""

    rate: float
    loss: float
    seconds_per_step: float
    seconds_besides: float = 0.0


def try_rate(
    rate: float,
    steps: int,
    trainer_of: Callable[[Batches], Trainer],
    task: Task,
    recipe: Recipe,
    train: Samples,
    tune: Samples,
    seed: int,
) -> Tried:
    """Train a net for so many steps, and measure its loss on `tune`; infinite where it diverged.

    Args:
        trainer_of: a training of one epoch, always from the same state.
    """
    begun = time.perf_counter()
    optimization = replace(recipe.optimization, lr=rate, averaged=False)
    device = torch.device("cpu")
    short = replace(recipe, steps_per_epoch=steps, optimization=optimization)
    batches = Batches(task, train, short, derive_seed(seed, "range test"), device)
    trainer = trainer_of(batches)
    started = time.perf_counter()
    try:
        trainer.train_epoch(1)
    except Diverged:
        return Tried(rate, math.inf, (time.perf_counter() - started) / steps)
    taken = (time.perf_counter() - started) / steps
    plain = replace(short, augmentation=Augmentation(), batch_size=min(short.batch_size, len(tune)))
    kept = Batches(task, tune, plain, seed, device)
    with torch.no_grad():  # in training mode: statistics of so few steps are not yet those of the data
        parts = [kept.batch(step) for step in range(LOSS_BATCHES)]
        losses = [float(task.loss(trainer.net(inputs), targets)) for inputs, targets in parts]
    loss = sum(losses) / len(losses)
    besides = time.perf_counter() - begun - taken * steps
    return Tried(rate, loss if math.isfinite(loss) else math.inf, taken, besides)


def best_rate(tests: Sequence[Tried]) -> tuple[Tried, int]:
    """The middle one of the rates whose losses are as good as the smallest, and how many these are.

    Of an even number it is the larger one of the two in the middle: the smallest rate that is tried is seldom the best.

    Args:
        tests: in any order.

    Raises:
        DrawError: all of them diverged.
    """
    smallest = min(test.loss for test in tests)
    if not math.isfinite(smallest):
        rates = [test.rate for test in tests]
        raise DrawError(
            f"training diverges with each learning rate from {min(rates)} to {max(rates)}: look at the data"
        )
    alike = sorted(test for test in tests if test.loss <= (1 + ALIKE) * smallest)
    return alike[len(alike) // 2], len(alike)
