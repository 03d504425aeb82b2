"""Training a ticket with its mask fixed, epoch by epoch and resumable: what retraining and transfer share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.experiments import Context, Product
from bench.settings import Problem, Retraining
from supertickets.checkpoint import restore, saved_facts, saved_state
from supertickets.ticket import Ticket
from supertickets.trainer import Trainer


def train_with_fixed_mask(
    start: Ticket,
    problem: Problem,
    retraining: Retraining,
    purpose: str,
    context: Context,
    kept: Mapping[int, str] | None = None,
) -> Product:
    """`start` after a retraining on the problem's data; architecture and mask stay.

    Args:
        kept: epochs after which the state is kept, and the name of its ticket, which is dense.
    """
    recipe, optimization = problem.recipe, problem.recipe.optimization
    recipe = replace(recipe, optimization=replace(optimization, lr=optimization.lr * retraining.lr))
    batches = context.batches(problem, purpose, recipe)
    trainer = Trainer(start.architecture, start.net(), batches, retraining.epochs, retraining.stored_value)
    stored = context.checkpoint()
    done = 0
    if stored is not None:
        restore(trainer, stored)
        done = saved_facts(stored)["epoch"]
    else:
        trainer.set_masks(start.masks)
    context.finished(done)
    for epoch in range(done + 1, retraining.epochs + 1):
        trainer.train_epoch(epoch)
        if kept and epoch in kept:
            trainer.keep_state(kept[epoch])
        context.finished(epoch, saved_state(trainer))
    return Product({"history": trainer.progress.history}, {"ticket": trainer.ticket(), **trainer.kept_states()})
