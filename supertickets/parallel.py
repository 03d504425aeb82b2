"""The seam between a training and the processes that share it; one process alone is one kind.

Every process draws the same batch and computes its own `share` of it. Sums are the same bits everywhere, and what is
decided is decided by one process for all, so that all of them hold the same net at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from supertickets.memory import INTEGERS

Decision = TypeVar("Decision")


class ProcessesDiffer(RuntimeError):
    """Processes that should hold the same net do not."""


class Parallel(Protocol):
    """Processes that train one net together; all call the same methods in the same order."""

    @property
    def rank(self) -> int:
        """Number of this process, from 0."""

    @property
    def world_size(self) -> int:
        """Number of processes."""

    def sum(self, tensors: Sequence[Tensor]) -> None:
        """Replace every tensor by its sum over all processes, in place; shapes and types are the same in each."""

    def decided(self, decide: Callable[[], Decision]) -> Decision:
        """What process 0 decides, in every process; what it raises is raised in every process.

        Of several processes, each has tensors of the answer on the CPU.
        """


def share(parallel: Parallel, batch_size: int, part: int = 0, parts: int = 1) -> slice:
    """The positions of a batch that this process computes: contiguous, as equal as can be.

    Args:
        part: of `parts`, which follow each other; all processes share each.
    """
    position, positions = part * parallel.world_size + parallel.rank, parts * parallel.world_size
    return slice(batch_size * position // positions, batch_size * (position + 1) // positions)


def sum_gradients(parallel: Parallel, parameters: Iterable[Tensor]) -> None:
    """Replace every gradient by its sum over all processes.

    All are summed at once, whatever is left of the net now: nothing has to be prepared for it.
    """
    parallel.sum([parameter.grad for parameter in parameters if parameter.grad is not None])


def gathered(parallel: Parallel, value: Tensor) -> Tensor:
    """The values of all processes, `(world size, *shape)`, in the order of their ranks."""
    rows = value.new_zeros(parallel.world_size, *value.shape)
    rows[parallel.rank] = value
    parallel.sum([rows])
    return rows


def check_agreement(parallel: Parallel, tensors: Iterable[Tensor], when: str) -> None:
    """Compare what all processes hold.

    Raises:
        ProcessesDiffer: in all of them, if the bits of any tensor differ.
    """
    if parallel.world_size == 1:
        return
    bits = (tensor.detach().view(INTEGERS[tensor.itemsize]) for tensor in tensors)
    digest = torch.stack([each.sum(dtype=torch.int64) for each in bits])
    ranks = gathered(parallel, digest)
    if bool((ranks != ranks[0]).any()):
        raise ProcessesDiffer(
            f"the processes hold different nets {when}: let all of them run on one kind of processor, with the same "
            "version of torch"
        )


@dataclass(frozen=True)
class SingleProcess:
    """One process that does everything itself."""

    rank: int = 0
    world_size: int = 1

    def sum(self, tensors: Sequence[Tensor]) -> None:
        """They are their own sum."""

    def decided(self, decide: Callable[[], Decision]) -> Decision:
        return decide()


SINGLE = SingleProcess()
