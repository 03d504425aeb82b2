"""Two-in-one training with and without progressive pruning (PP) and iterative reactivation (IR)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from bench.experiments import Stage
from bench.methods import Cell
from bench.stages.retrain import Retrain
from bench.stages.search import Search


def two_in_one(cell: Cell, **switches: Any) -> Search:
    """The profile's intervals at the cell's sparsity, with switches of Alg. 1; by default a SuperTicket (PP, IR-S)."""
    return Search(cell.setting, replace(cell.setting.algorithm, sparsity=cell.sparsity, **switches))


def retrained(cell: Cell) -> Stage:
    """A SuperTicket, trained on with its mask fixed."""
    return Retrain(two_in_one(cell))


METHODS = {
    "two_in_one": partial(two_in_one, progressive=False, reactivation="none"),
    "ir_s": partial(two_in_one, progressive=False),
    "pp": partial(two_in_one, reactivation="none"),
    "pp_ir_p": partial(two_in_one, reactivation="prune"),
    "pp_ir_s": two_in_one,
    "pp_ir_s_rt": retrained,
    # IR-S as the public code reads it: only searches that removed units reactivate
    "pp_ir_s_code": partial(two_in_one, reactivate_when="units removed"),
}
