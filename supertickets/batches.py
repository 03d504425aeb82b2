"""Training batches as a function of the step: what training and the BatchNorm statistics after a search draw from."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from supertickets.loading import OnDemand, Stream
from supertickets.parallel import SINGLE, Parallel, share
from supertickets.recipe import Recipe
from supertickets.samples import Samples
from supertickets.seeding import DataOrder, Draws, derive_seed, generator
from supertickets.tasks import Augmentation, Task


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
        request = partial(_request, self._order, self._share, recipe, seed)
        self._stream = Stream(samples, request) if isinstance(samples, OnDemand) else None

    def batch(self, step: int, purpose: str = "train") -> tuple[Any, Any]:
        """This process's share of the inputs and targets of a step; `purpose` decides nothing but the augmentation."""
        recipe = self.recipe
        draws = Draws(generator(self.seed, purpose, "augmentation", step), recipe.batch_size, self._share)
        if self._stream is not None:  # whoever decodes has changed the samples, too
            part, augmentation = self._stream.part(step, purpose), Augmentation()
        else:
            part, augmentation = self.samples.take(self._order.batch(step)[self._share]), recipe.augmentation
        return self.task.batch(part, recipe.image_size, augmentation, draws, self.device)


def _request(
    order: DataOrder, share_of_batch: slice, recipe: Recipe, seed: int, step: int, purpose: str
) -> tuple[list[int], list[int], tuple[int, int], Augmentation]:
    """What `OnDemand.varied` needs to know of a step: each position of the whole batch has a seed of its own."""
    positions = range(recipe.batch_size)[share_of_batch]
    seeds = [derive_seed(seed, purpose, "augmentation", step, position) for position in positions]
    return order.batch(step)[share_of_batch].tolist(), seeds, recipe.image_size, recipe.augmentation
