"""Pruning a net that was trained, in one go: the middle of a round of iterative magnitude pruning."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bench.experiments import Step
from bench.steps.pruning_once import PruningOnce
from supertickets.architecture import PrunableSet
from supertickets.masks import check_sparsity
from supertickets.pruning import Pruning
from supertickets.ticket import Ticket


@dataclass(frozen=True)
class PruneTrained(PruningOnce):
    """The net of `trained` under a mask of `percent` % zeros among its prunable weights.

    Attributes:
        as_many_as: layers of whose weights `percent` is the share, wherever the zeros are then; None for those that
            are pruned. It is rounded to a whole percentage of these.

    Raises:
        MaskError: a sparsity that is none.
    """

    version = 1

    trained: Step
    percent: int
    pruning: Pruning
    as_many_as: PrunableSet | None = None

    @property
    def pruned(self) -> Step:
        return self.trained

    @property
    def name(self) -> str:
        counted = f", as many as of the {self.as_many_as}" if self.as_many_as else ""
        return f"{self.trained.name}, pruned by {self.pruning.criterion} ({self.pruning.prunable}{counted})"

    def percent_of(self, net: Ticket) -> int:
        if self.as_many_as is None:
            return self.percent
        weights = net.net()
        counted, pruned = (
            sum(weight.numel() for weight in net.architecture.prunable(weights, which).values())
            for which in (self.as_many_as, self.pruning.prunable)
        )
        percent = round(Fraction(self.percent * counted, pruned))
        check_sparsity(percent)
        return percent
