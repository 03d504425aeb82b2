"""Pruning a net that was trained, in one go: the middle of a round of iterative magnitude pruning."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Problem
from bench.steps.prune import prune
from supertickets.masks import check_sparsity
from supertickets.pruning import Pruning


@dataclass(frozen=True)
class PruneTrained(Step):
    """The net of `trained` under a mask of `percent` % zeros among its prunable weights.

    Raises:
        MaskError: a sparsity that is none.
    """

    version = 1

    trained: Step
    percent: int
    pruning: Pruning

    def __post_init__(self) -> None:
        check_sparsity(self.percent)
        super().__post_init__()

    @property
    def problem(self) -> Problem:
        return self.trained.problem

    @property
    def sparsity(self) -> int:
        return self.percent

    @property
    def name(self) -> str:
        return f"{self.trained.name}, pruned by {self.pruning.criterion} ({self.pruning.prunable})"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.trained,)

    def compute(self, context: Context) -> Product:
        return prune(self.trained, self.percent, self.pruning, context)
