"""Search-then-prune (S+P): the same supernet and search without masks, then one-shot pruning by a criterion."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench.experiments import Stage
from bench.methods import Cell
from bench.settings import Setting
from bench.stages.prune import Prune
from bench.stages.retrain import Retrain
from bench.stages.search import Search
from supertickets.criteria import Criterion


def searched(setting: Setting) -> Search:
    """The search all S+P rows share; switches that only concern masks are at fixed values, so that the id is one."""
    return Search(setting, replace(setting.algorithm, sparsity=None, progressive=False, reactivation="none"))


def pruned(cell: Cell, criterion: Criterion) -> Prune:
    """The searched net at the cell's sparsity."""
    return Prune(searched(cell.setting), cell.sparsity, criterion)


def retrained(cell: Cell, criterion: Criterion) -> Stage:
    """The pruned net, trained on with its mask fixed."""
    return Retrain(pruned(cell, criterion))


_SHORT: dict[str, Criterion] = {"rand": "random", "mag": "magnitude", "grad": "gradient"}

METHODS = {f"sp_{short}": partial(pruned, criterion=criterion) for short, criterion in _SHORT.items()} | {
    f"sp_{short}_rt": partial(retrained, criterion=criterion) for short, criterion in _SHORT.items()
}
