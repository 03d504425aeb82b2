"""Search-then-prune (S+P): the same supernet and search without masks, then one-shot pruning by a criterion."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench.experiments import Prune, Retrain, Search, Setting
from supertickets.criteria import Criterion


def searched(setting: Setting) -> Search:
    """The search all S+P rows share; switches that only concern masks are at fixed values, so that the id is one."""
    algorithm = replace(setting.algorithm, sparsity=None, progressive=False, reactivation="none")
    return Search(setting, algorithm)


def pruned(setting: Setting, criterion: Criterion) -> Prune:
    """The searched net at the setting's sparsity."""
    sparsity = setting.algorithm.sparsity
    assert sparsity is not None, "a setting names the sparsity of its tickets"
    return Prune(searched(setting), sparsity, criterion)


def retrained(setting: Setting, criterion: Criterion) -> Retrain:
    """The pruned net, trained on with its mask fixed."""
    return Retrain(pruned(setting, criterion))


_SHORT: dict[str, Criterion] = {"rand": "random", "mag": "magnitude", "grad": "gradient"}

METHODS = {f"sp_{short}": partial(pruned, criterion=criterion) for short, criterion in _SHORT.items()} | {
    f"sp_{short}_rt": partial(retrained, criterion=criterion) for short, criterion in _SHORT.items()
}
