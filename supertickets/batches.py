"""Training batches as a function of the step: what training and the BatchNorm statistics after a search draw from."""

from __future__ import annotations

from typing import Any

import torch

from supertickets.parallel import SINGLE, Parallel, share
from supertickets.recipe import Recipe
from supertickets.samples import Samples
from supertickets.seeding import DataOrder, Draws, derive_seed, generator
from supertickets.tasks import Task


class Batches:
    """Augmented batches of one split in the order of one seed; stateless, so that any step can be had at any time.

    Args:
        seed: of the order and of the augmentation.
        parallel: the processes that share each batch.

    Raises:
        ValueError: samples that the task refuses (`Task.check`).
    """

    def __init__(
        self, task: Task, samples: Samples, recipe: Recipe, seed: int, device: torch.device, parallel: Parallel = SINGLE
    ) -> None:
        task.check(samples)
        self.task, self.samples, self.recipe, self.seed, self.device = task, samples, recipe, seed, device
        self.parallel = parallel
        self._order = DataOrder(len(samples), recipe.batch_size, derive_seed(seed, "data"))
        self._share = share(parallel, recipe.batch_size)

    def batch(self, step: int, purpose: str = "train") -> tuple[Any, Any]:
        """This process's share of the inputs and targets of a step; `purpose` decides nothing but the augmentation."""
        recipe = self.recipe
        draws = Draws(generator(self.seed, purpose, "augmentation", step), recipe.batch_size, self._share)
        part = self.samples.take(self._order.batch(step)[self._share])
        return self.task.batch(part, recipe.image_size, recipe.augmentation, draws, self.device)
