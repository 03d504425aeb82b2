"""Training batches as a function of the step: what training and the BatchNorm statistics after a search draw from."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

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
        self._stream = Stream(samples, self._request) if isinstance(samples, OnDemand) else None

    def batch(self, step: int, purpose: str = "train") -> tuple[Any, Any]:
        """This process's share of the inputs and targets of a step; `purpose` decides nothing but the augmentation."""
        recipe = self.recipe
        draws = Draws(generator(self.seed, purpose, "augmentation", step), recipe.batch_size, self._share)
        if self._stream is not None:  # whoever decodes has changed the samples, too
            part, augmentation = self._stream.part(step, purpose), Augmentation()
        else:
            part, augmentation = self.samples.take(self._index(step)), recipe.augmentation
        return self.task.batch(part, recipe.image_size, augmentation, draws, self.device)

    def _index(self, step: int) -> Tensor:
        return self._order.batch(step)[self._share]

    def _request(self, step: int, purpose: str) -> tuple[list[int], list[int], tuple[int, int], Augmentation]:
        """What `OnDemand.varied` needs to know of a step: each position of the whole batch has a seed of its own."""
        positions = range(self.recipe.batch_size)[self._share]
        seeds = [derive_seed(self.seed, purpose, "augmentation", step, position) for position in positions]
        return self._index(step).tolist(), seeds, self.recipe.image_size, self.recipe.augmentation
