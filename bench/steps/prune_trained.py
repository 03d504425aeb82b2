"""Pruning a net that was trained, in one go: the middle of a round of iterative magnitude pruning."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Step
from bench.steps.pruning_once import PruningOnce
from supertickets.pruning import Pruning


@dataclass(frozen=True)
class PruneTrained(PruningOnce):
    """The net of `trained` under a mask of `percent` % zeros among its prunable weights."""

    version = 1

    trained: Step
    percent: int
    pruning: Pruning

    @property
    def pruned(self) -> Step:
        return self.trained

    @property
    def name(self) -> str:
        return f"{self.trained.name}, pruned by {self.pruning.criterion} ({self.pruning.prunable})"
