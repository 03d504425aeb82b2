"""The seam between a training and the processes that share it; one process alone is one kind.

Every process draws the same batch, computes its own `share` of it, and sees the same averaged gradients; whatever is
decided from weights alone is then decided equally everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


class Parallel(Protocol):
    """Processes that train one net together."""

    @property
    def rank(self) -> int:
        """Number of this process, from 0."""

    @property
    def world_size(self) -> int:
        """Number of processes."""

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replace every gradient by its mean over all processes, in place."""

    def mean(self, value: Tensor) -> Tensor:
        """A value's mean over all processes."""


def share(parallel: Parallel, batch_size: int) -> slice:
    """The positions of a batch that this process computes: contiguous, as equal as can be."""
    rank, world = parallel.rank, parallel.world_size
    return slice(batch_size * rank // world, batch_size * (rank + 1) // world)


@dataclass(frozen=True)
class SingleProcess:
    """One process that does everything itself."""

    rank: int = 0
    world_size: int = 1

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """They are their own mean."""

    def mean(self, value: Tensor) -> Tensor:
        return value


SINGLE = SingleProcess()
