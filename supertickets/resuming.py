"""Trainings as they begin, or as they go on from a stored state."""

from __future__ import annotations

from supertickets.architecture import Architecture, ArchitectureError
from supertickets.batches import Batches
from supertickets.checkpoint import CheckpointError, restore, saved_facts
from supertickets.freezing import StoredValue
from supertickets.pruning import Pruning
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching
from supertickets.ticket import Ticket
from supertickets.trainer import Trainer


def search_trainer(
    architecture: Architecture,
    batches: Batches,
    epochs: int,
    searching: Searching,
    pruning: Pruning,
    seed: int,
    stored: bytes | None,
) -> SearchTrainer:
    """A supernet in training with search, after as many epochs as `stored` has; `supertickets.two_in_one` runs it.

    Args:
        seed: of the initial weights.
        stored: what `saved_state` gave; None begins.

    Raises:
        CheckpointError: `stored` is no stored state, or another training's.
    """
    if stored is None:
        return SearchTrainer(architecture, architecture.build(seed), batches, epochs, searching, pruning, None)
    facts = saved_facts(stored)
    if "normaliser" not in facts:
        raise CheckpointError("it is of a training without search")
    try:
        net = architecture.shaped(facts["shape"])
    except ArchitectureError as error:
        raise CheckpointError(f"it is of another net: {error}") from error
    trainer = SearchTrainer(architecture, net, batches, epochs, searching, pruning, facts["normaliser"])
    restore(trainer, stored)
    return trainer


def mask_trainer(
    start: Ticket, batches: Batches, epochs: int, stored: bytes | None, stored_value: StoredValue = "kept"
) -> Trainer:
    """A ticket in training with its mask fixed, after as many epochs as `stored` has.

    Raises:
        CheckpointError: `stored` is no stored state, or another training's.
    """
    trainer = Trainer(start.architecture, start.net(), batches, epochs, stored_value)
    if stored is not None:
        restore(trainer, stored)
    else:
        trainer.set_masks(start.masks)
    return trainer
