"""Training batches as a function of the step: what training and the BatchNorm statistics after a search draw from."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from supertickets.recipe import Recipe
from supertickets.seeding import DataOrder, derive_seed, generator
from supertickets.tasks import Task


class Batches:
    """Augmented batches of one split in the order of one seed; stateless, so that any step can be had at any time.

    Args:
        seed: of the order and of the augmentation.
    """

    def __init__(self, task: Task, split: Any, recipe: Recipe, seed: int, device: torch.device) -> None:
        self.task, self.split, self.recipe, self.seed, self.device = task, split, recipe, seed, device
        self._order = DataOrder(len(split.images), recipe.batch_size, derive_seed(seed, "data"))

    def batch(self, step: int, purpose: str = "train") -> tuple[Tensor, Any]:
        """Inputs and targets of step `step`; `purpose` decides nothing but the augmentation that is drawn."""
        draws = generator(self.seed, purpose, "augmentation", step)
        recipe = self.recipe
        return self.task.batch(
            self.split, self._order.batch(step), recipe.image_size, recipe.augmentation, draws, self.device
        )
