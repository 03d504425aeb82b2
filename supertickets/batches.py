"""Training batches as a function of the step: what training and the BatchNorm statistics after a search draw from."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from supertickets.computing import PLAIN, Computing
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
        computing: in how many parts they compute it; `part` is the one that `batch` gives.

    Raises:
        ValueError: samples that the task refuses (`Task.check`), more shares than a batch has samples, or several
            processes that compile and normalise together.
    """

    def __init__(
        self,
        task: Task,
        samples: Samples,
        recipe: Recipe,
        seed: int,
        device: torch.device,
        parallel: Parallel = SINGLE,
        computing: Computing = PLAIN,
        part: int = 0,
    ) -> None:
        task.check(samples)
        if (shares := parallel.world_size * computing.parts) > recipe.batch_size:
            raise ValueError(
                f"a batch of {recipe.batch_size} cannot be shared by {parallel.world_size} processes in "
                f"{computing.parts} parts, which are {shares} shares: take fewer"
            )
        if computing.compiled and computing.statistics == "synchronised" and parallel.world_size > 1:
            raise ValueError(
                "compiled nets cannot wait for other processes in a BatchNorm: take local statistics, or do not compile"
            )
        if isinstance(samples, OnDemand):
            samples = samples.keeping()
        self.task, self.samples, self.recipe, self.seed, self.device = task, samples, recipe, seed, device
        self.parallel, self.computing, self._part = parallel, computing, part
        self._order = DataOrder(len(samples), recipe.batch_size, derive_seed(seed, "data"))
        own = [share(parallel, recipe.batch_size, number, computing.parts) for number in range(computing.parts)]
        self._share = own[part]
        request = partial(_request, self._order, own, recipe, seed)
        self._stream = Stream(samples, request) if isinstance(samples, OnDemand) else None
        self._waited_s = 0.0

    def batch(self, step: int, purpose: str = "train") -> tuple[Any, Any]:
        """This process's share of inputs and targets of a step; `purpose` decides nothing but the augmentation.

        Streamed samples are decoded ahead in the order of `parts`; any other order costs a new beginning each time.
        """
        recipe = self.recipe
        draws = Draws(generator(self.seed, purpose, "augmentation", step), recipe.batch_size, self._share)
        asked = time.perf_counter()
        augmentation = recipe.augmentation
        if self._stream is not None:
            part = self._stream.part(step * self.computing.parts + self._part, purpose)
            if self._stream.samples.varies:  # whoever has decoded them
                augmentation = Augmentation()
        else:
            part = self.samples.take(self._order.batch(step)[self._share])
        self._waited_s += time.perf_counter() - asked
        return self.task.batch(part, recipe.image_size, augmentation, draws, self.device)

    @property
    def waited_s(self) -> float:
        """Seconds that passed so far until decoded samples were there, in this process; no step is begun meanwhile."""
        return sum(part._waited_s for part in self.parts)

    @cached_property
    def parts(self) -> tuple[Batches, ...]:
        """All parts of every batch, in order."""
        given = (self.task, self.samples, self.recipe, self.seed, self.device, self.parallel, self.computing)
        found = [self if part == self._part else type(self)(*given, part) for part in range(self.computing.parts)]
        for part in found:  # each would have decoding processes of its own
            part._stream = self._stream
        return tuple(found)

    def inputs(self, steps: Iterable[int], purpose: str) -> Iterator[Any]:
        """This process's shares of the inputs of some steps, part by part."""
        for step in steps:
            for part in self.parts:
                yield part.batch(step, purpose)[0]

    def weighted(self, step: int) -> list[tuple[Any, Any, Tensor]]:
        """Inputs and targets of a step, part by part, and how much the mean loss of each counts in that of the batch.

        The weights of all processes have the sum 1. A mean of means would count a sample of a small share, or a pixel
        among few that are labelled, for more than another one.
        """
        shares = [part.batch(step) for part in self.parts]
        if len(shares) * self.parallel.world_size == 1:
            return [(*shares[0], torch.ones((), device=self.device))]
        counts = [
            torch.as_tensor(self.task.counted(inputs, targets), dtype=torch.float64, device=self.device)
            for inputs, targets in shares
        ]
        total = torch.stack(counts).sum()
        self.parallel.sum([total])
        return [(*given, count / total.clamp(min=1)) for given, count in zip(shares, counts, strict=True)]


def _request(
    order: DataOrder, shares: Sequence[slice], recipe: Recipe, seed: int, number: int, purpose: str
) -> tuple[list[int], list[int], tuple[int, int], Augmentation]:
    """What `OnDemand.varied` needs to know of part `number` of all steps: positions of whole batches have seeds."""
    step, part = divmod(number, len(shares))
    positions = range(recipe.batch_size)[shares[part]]
    seeds = [derive_seed(seed, purpose, "augmentation", step, position) for position in positions]
    return order.batch(step)[shares[part]].tolist(), seeds, recipe.image_size, recipe.augmentation
