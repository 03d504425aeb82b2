"""Training a ticket with its mask fixed, epoch by epoch and resumable: what retraining and transfer share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from bench.experiments import Context, Product
from bench.settings import Problem, Retraining, SettingError
from supertickets.checkpoint import saved_state
from supertickets.resuming import mask_trainer
from supertickets.tasks.detection import DetectionTask, validation_loss
from supertickets.ticket import Ticket

Validated = Literal["val", "tune"] | None
"""The split on which the loss is noted after every epoch, for tasks that have one there; None where it is not."""

_VALIDATION_BATCH = 16
"""Images at a time; the loss depends on it, because proposals are sampled batch by batch."""


def check_validated(problem: Problem, on: Validated) -> None:
    """Refuse to note a loss that nobody computes.

    Raises:
        SettingError: a task other than detection.
    """
    if on is not None and not isinstance(problem.task, DetectionTask):
        raise SettingError(f"{problem.data}: {problem.task.name} has no validation loss: leave validated_on None")


def train_with_fixed_mask(
    start: Ticket,
    problem: Problem,
    retraining: Retraining,
    purpose: str,
    context: Context,
    kept: Mapping[int, str] | None = None,
    validated_on: Validated = None,
) -> Product:
    """`start` after a retraining on the problem's data; architecture and mask stay.

    Args:
        kept: epochs after which the state is kept, and the name of its ticket, which is dense.
        validated_on: where the loss is noted after every epoch.
    """
    recipe, optimization = problem.recipe, problem.recipe.optimization
    recipe = replace(recipe, optimization=replace(optimization, lr=optimization.lr * retraining.lr))
    batches = context.batches(problem, purpose, recipe)
    watched = context.samples(problem, validated_on) if validated_on else None
    trainer = mask_trainer(start, batches, retraining.epochs, context.checkpoint(), retraining.stored_value)
    done = trainer.progress.epoch
    context.finished(done)
    for epoch in range(done + 1, retraining.epochs + 1):
        trainer.train_epoch(epoch)
        if kept and epoch in kept:
            trainer.keep_state(kept[epoch])
        if watched is not None:
            assert isinstance(problem.task, DetectionTask), "check_validated refuses others"
            loss = validation_loss(
                trainer.net, problem.task, watched, recipe.image_size, _VALIDATION_BATCH, context.device
            )
            trainer.progress.note(validation_loss=round(loss, 6))
        context.finished(epoch, saved_state(trainer))
    return Product({"history": trainer.progress.history}, {"ticket": trainer.ticket(), **trainer.kept_states()})
