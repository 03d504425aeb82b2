"""Training a supernet with search; with a sparsity it is two-in-one training (Alg. 1)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.experiments import Context, Product, Step
from bench.settings import Problem
from supertickets.checkpoint import saved_state
from supertickets.descriptions import Count
from supertickets.pruning import Pruning
from supertickets.resuming import search_trainer
from supertickets.searching import Searching
from supertickets.two_in_one import TwoInOne, two_in_one

_IR_S = {"every search": "IR-S at every search", "units removed": "IR-S"}


def doubts(algorithm: TwoInOne, history: Sequence[Mapping[str, Any]], whole: int) -> Iterator[str]:
    """What a training did that nobody may have meant, a sentence each.

    Args:
        history: what every epoch noted; `units` are those left after a search that could remove some.
        whole: search units of the supernet.
    """
    left = [whole, *(epoch["units"] for epoch in history if "units" in epoch)]
    if left[-1] == whole > 0:
        yield (
            f"the search removed none of {whole} units, so that nothing was searched: train longer, or with a higher "
            "rho or learning rate"
        )
    last = algorithm.epochs
    searched = last % algorithm.search_interval == 0 and algorithm.reactivation == "search"
    came_back = searched and (
        algorithm.reactivate_when == "every search" or ("units" in history[-1] and left[-1] < left[-2])
    )
    if came_back and algorithm.sparsity is not None and algorithm.prunes_at(last):
        yield (
            f"epoch {last}, the last, reactivates weights and prunes again: they come back for no step of training; "
            "choose epochs that are no multiple of both intervals"
        )


@dataclass(frozen=True)
class Search(Step):
    """Supernet training with search; with `algorithm.sparsity` set it is two-in-one, with None search alone.

    Attributes:
        on: what is trained on.
        kept: states of the ticket's weights that lottery tickets are rewound to, as (epoch, name), beside the initial
            one; nothing of a search alone.
    """

    version = 1

    on: Problem
    algorithm: TwoInOne
    searching: Searching = field(default_factory=Searching)
    pruning: Pruning = field(default_factory=Pruning)
    kept: tuple[tuple[Count, str], ...] = ()

    @property
    def problem(self) -> Problem:
        return self.on

    @property
    def epochs(self) -> int:
        return self.algorithm.epochs

    @property
    def sparsity(self) -> int:
        return self.algorithm.sparsity or 0

    @property
    def name(self) -> str:
        algorithm, criterion = self.algorithm, self.pruning.criterion
        if algorithm.sparsity is None:
            return "search"
        switches = ["PP"] * algorithm.progressive + {
            "search": [_IR_S[algorithm.reactivate_when]],
            "prune": ["IR-P"],
            "none": [],
        }[algorithm.reactivation]
        name = "SuperTickets" if switches == ["PP", "IR-S"] else " + ".join(["two-in-one", *switches])
        return name if criterion == "magnitude" else f"{name} ({criterion} pruning)"

    def compute(self, context: Context) -> Product:
        problem, algorithm = self.on, self.algorithm
        stored = context.checkpoint()
        batches = context.batches(problem, "search")
        seed = context.seed("initialisation")
        trainer = search_trainer(
            problem.architecture, batches, algorithm.epochs, self.searching, self.pruning, seed, stored
        )
        if stored is None and self.kept:
            trainer.keep_state("initial")
        context.finished(trainer.progress.epoch)
        for epoch in two_in_one(trainer, algorithm, trainer.progress.epoch):
            if state := dict(self.kept).get(epoch):
                trainer.keep_state(state)
            context.finished(epoch, saved_state(trainer))
        whole = sum(map(sum, problem.architecture.shape(problem.architecture.build(0)).values()))
        for doubt in doubts(algorithm, trainer.progress.history, whole):
            warnings.warn(doubt, stacklevel=2)
        return Product({"history": trainer.progress.history}, {"ticket": trainer.ticket(), **trainer.kept_states()})
