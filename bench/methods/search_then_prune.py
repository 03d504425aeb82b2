"""Search-then-prune (S+P): the same supernet and search without masks, then one-shot pruning by a criterion."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench.experiments import Step
from bench.methods import Condition
from bench.methods.two_in_one import searched
from bench.steps.prune import Prune
from bench.steps.retrain import Retrain


def pruned(given: Condition, criterion: str) -> Prune:
    """The searched net at a sparsity."""
    pruning = replace(given.setting.one_shot, criterion=criterion)
    return Prune(searched(given.setting), given.sparsity, pruning)


def retrained(given: Condition, criterion: str) -> Step:
    """The pruned net, trained on with its mask fixed."""
    return Retrain(pruned(given, criterion), given.setting.retraining)


_SHORT = {"rand": "random", "mag": "magnitude", "grad": "gradient"}

METHODS = {f"sp_{short}": partial(pruned, criterion=criterion) for short, criterion in _SHORT.items()} | {
    f"sp_{short}_rt": partial(retrained, criterion=criterion) for short, criterion in _SHORT.items()
}
