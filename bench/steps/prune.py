"""One-shot pruning of a searched net: the second half of search-then-prune."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Problem
from bench.steps.search import Search
from supertickets.batches import Batches
from supertickets.masks import check_sparsity
from supertickets.one_shot import pruned_once
from supertickets.pruning import Pruning


@dataclass(frozen=True)
class Prune(Step):
    """`searched` pruned to `percent` % zeros.

    Raises:
        MaskError: a sparsity that is none.
    """

    version = 1

    searched: Search
    percent: int
    pruning: Pruning

    def __post_init__(self) -> None:
        check_sparsity(self.percent)
        super().__post_init__()

    @property
    def problem(self) -> Problem:
        return self.searched.problem

    @property
    def sparsity(self) -> int:
        return self.percent

    @property
    def name(self) -> str:
        return f"S+P ({self.pruning.criterion})"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.searched,)

    def compute(self, context: Context) -> Product:
        return prune(self.searched, self.percent, self.pruning, context)


def prune(parent: Step, percent: int, pruning: Pruning, context: Context) -> Product:
    """What a parent made, pruned in one go, with batches of its problem for criteria that look at any."""
    problem = parent.problem
    samples = context.samples(problem, problem.split)
    batches = Batches(problem.task, samples, problem.recipe, context.seed("pruning"), context.device)
    return Product(tickets={"ticket": pruned_once(context.ticket(parent), pruning, percent, batches)})
