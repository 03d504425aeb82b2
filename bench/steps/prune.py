"""One-shot pruning of a searched net: the second half of search-then-prune."""

from __future__ import annotations

from dataclasses import dataclass

from bench.steps.pruning_once import PruningOnce
from bench.steps.search import Search
from supertickets.pruning import Pruning


@dataclass(frozen=True)
class Prune(PruningOnce):
    """`searched` pruned to `percent` % zeros."""

    version = 1

    searched: Search
    percent: int
    pruning: Pruning

    @property
    def pruned(self) -> Search:
        return self.searched

    @property
    def name(self) -> str:
        return f"S+P ({self.pruning.criterion})"
