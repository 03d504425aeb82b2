"""Two-in-one training with and without progressive pruning (PP) and iterative reactivation (IR)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from bench.experiments import Step
from bench.methods import Condition
from bench.settings import Setting
from bench.steps.retrain import Retrain
from bench.steps.search import Search
from supertickets.searching import Searching
from supertickets.two_in_one import TwoInOne


def two_in_one(given: Condition, criterion: str = "magnitude", **switches: Any) -> Search:
    """The profile's intervals at a sparsity, with switches of Alg. 1; by default a SuperTicket (PP, IR-S)."""
    setting = given.setting
    algorithm = replace(setting.algorithm, sparsity=given.sparsity, **switches)
    pruning = replace(setting.pruning, criterion=criterion)
    # other states than the final one's have the final architecture
    kept = setting.kept_states if algorithm.final_ticket == "last mask" else ()
    return Search(setting.problem, *effective(algorithm, setting.searching), pruning, kept)


def searched(setting: Setting) -> Search:
    """The search that all S+P rows share: no mask at any time."""
    algorithm = replace(setting.algorithm, sparsity=None)
    return Search(setting.problem, *effective(algorithm, setting.searching))


def effective(algorithm: TwoInOne, searching: Searching) -> tuple[TwoInOne, Searching]:
    """The same with every switch that changes nothing at one value: equal trainings have one id and run once."""
    unmasked, plain = algorithm.sparsity is None, TwoInOne(algorithm.epochs, sparsity=None)
    if unmasked:
        algorithm = replace(
            algorithm,
            progressive=False,
            reactivation="none",
            coincidence=plain.coincidence,
            final_ticket=plain.final_ticket,
        )
    if algorithm.reactivation != "search":
        algorithm = replace(algorithm, reactivate_when=plain.reactivate_when)
        searching = replace(searching, reactivated=Searching().reactivated)
    return algorithm, searching


def retrained(given: Condition) -> Step:
    """A SuperTicket, trained on with its mask fixed."""
    return Retrain(two_in_one(given), given.setting.retraining)


METHODS = {
    "two_in_one": partial(two_in_one, progressive=False, reactivation="none"),
    "ir_s": partial(two_in_one, progressive=False),
    "pp": partial(two_in_one, reactivation="none"),
    "pp_ir_p": partial(two_in_one, reactivation="prune"),
    "pp_ir_s": two_in_one,
    "pp_ir_s_rt": retrained,
}
