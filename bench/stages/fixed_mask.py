"""Training a ticket with its mask fixed, epoch by epoch and resumable: what retraining and transfer share."""

from __future__ import annotations

from dataclasses import replace

from bench.experiments import Product, Workplace
from bench.settings import Setting
from supertickets.checkpoint import restore, saved_facts, training_state
from supertickets.ticket import Ticket
from supertickets.training import Training


def train_with_fixed_mask(start: Ticket, setting: Setting, purpose: str, work: Workplace) -> Product:
    """`start` after `setting.retrain_epochs` epochs on the setting's data; architecture and mask stay."""
    recipe, optimization = setting.recipe, setting.recipe.optimization
    recipe = replace(recipe, optimization=replace(optimization, lr=optimization.lr * setting.retrain_lr))
    epochs = setting.retrain_epochs
    training = Training(
        start.net(), setting.task, work.split(), recipe, setting.algorithm, epochs, work.seed(purpose), work.device,
        searching=False,
    )  # fmt: skip
    stored = work.checkpoint()
    done = 0
    if stored is not None:
        restore(training, stored)
        done = saved_facts(stored)["epoch"]
    else:
        training.set_masks(start.masks)
    work.finished(done)
    for epoch in range(done + 1, epochs + 1):
        training.train_epoch(epoch)
        work.finished(epoch, training_state(training))
    return Product(training.ticket(), training.progress.history)
