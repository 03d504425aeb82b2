"""Training a supernet with search; with a sparsity it is two-in-one training (Alg. 1)."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Product, Stage, Workplace
from bench.settings import Setting
from supertickets.checkpoint import restore, saved_facts, training_state
from supertickets.search import build_subnet
from supertickets.supernet import build
from supertickets.training import Training
from supertickets.two_in_one import TwoInOne, two_in_one

_IR_S = {"every search": "IR-S", "units removed": "IR-S when units went"}


@dataclass(frozen=True)
class Search(Stage):
    """Supernet training with search; with `algorithm.sparsity` set it is two-in-one, with None search alone.

    Two-in-one training also keeps the ticket's weights as they were at the start, early and late in the training:
    the states that lottery tickets are rewound to.
    """

    on: Setting
    algorithm: TwoInOne

    @property
    def setting(self) -> Setting:
        return self.on

    @property
    def kept(self) -> dict[int, str]:
        """Epoch -> name of the state that is kept after it, for rewinding; nothing of a search alone."""
        return {} if self.algorithm.sparsity is None else self.on.kept_states(self.algorithm.epochs)

    @property
    def epochs(self) -> int:
        return self.algorithm.epochs

    @property
    def sparsity(self) -> int:
        return self.algorithm.sparsity or 0

    @property
    def name(self) -> str:
        algorithm = self.algorithm
        if algorithm.sparsity is None:
            return "search"
        switches = ["PP"] * algorithm.progressive + {
            "search": [_IR_S[algorithm.reactivate_when]],
            "prune": ["IR-P"],
            "none": [],
        }[algorithm.reactivation]
        return "+".join(["two-in-one", *switches]) + (" (random pruning)" if algorithm.criterion == "random" else "")

    def make(self, work: Workplace) -> Product:
        setting, algorithm = self.on, self.algorithm
        stored = work.checkpoint()
        done, normaliser = 0, None
        if stored is None:
            net = build(setting.supernet, work.seed("initialisation"))
        else:
            facts = saved_facts(stored)
            done, normaliser = facts["epoch"], facts["normaliser"]
            net = build_subnet(setting.supernet, facts["layout"])
        training = Training(
            net, setting.task, work.split(), setting.recipe, algorithm, algorithm.epochs, work.seed("search"),
            work.device, normaliser=normaliser,
        )  # fmt: skip
        if stored is not None:
            restore(training, stored)
        elif self.kept:
            training.keep_state("initial")
        work.finished(done)
        for epoch in two_in_one(training, algorithm, done):
            if state := self.kept.get(epoch):
                training.keep_state(state)
            work.finished(epoch, training_state(training))
        return Product(training.ticket(), training.progress.history, training.kept_states())
