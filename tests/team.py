"""Processes that are threads of this one: what they do together is tested without starting any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any

import torch
from torch import Tensor

from tests.patience import HANGS_S


class Team:
    """Ranks that are threads: they meet whenever something is averaged."""

    def __init__(self, world_size: int) -> None:
        self.barrier = Barrier(world_size, timeout=HANGS_S)
        self.ranks = [Rank(self, rank, world_size) for rank in range(world_size)]
        self.given: list[Any] = [None] * world_size

    def exchanged(self, rank: int, value: Any) -> list[Any]:
        """What all of them have given."""
        self.given[rank] = value
        self.barrier.wait()
        found = list(self.given)
        self.barrier.wait()
        return found

    def run(self, works: Iterable[Callable[[], object]]) -> None:
        """Every rank's work at a time; what one of them raises is raised."""
        failures: list[BaseException] = []

        def guarded(work: Callable[[], object]) -> None:
            try:
                work()
            except BaseException as failure:
                failures.append(failure)
                self.barrier.abort()

        threads = [Thread(target=guarded, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


@dataclass(frozen=True)
class Rank:
    """One of a team."""

    team: Team
    rank: int
    world_size: int

    def sum(self, tensors: Sequence[Tensor]) -> None:
        copies = [tensor.detach().clone() for tensor in tensors]
        for tensor, *values in zip(tensors, *self.team.exchanged(self.rank, copies), strict=True):
            tensor.copy_(torch.stack(values).sum(0))

    def decided(self, decide: Callable[[], Any]) -> Any:
        return self.team.exchanged(self.rank, decide() if self.rank == 0 else None)[0]
