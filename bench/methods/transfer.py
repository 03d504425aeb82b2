"""Tickets found on a source and fine-tuned on the target with their masks fixed (Tab. 2, Tab. 8, Fig. 8)."""

from __future__ import annotations

from functools import partial

from bench.experiments import Stage
from bench.methods import Cell, Method, MethodError
from bench.methods.lottery import randomly_pruned, rewound
from bench.methods.two_in_one import two_in_one
from bench.stages.transfer import Transfer


def transferred(cell: Cell, found: Method) -> Stage:
    """What `found` finds on the cell's source, on the cell's data; between tasks with the head it finds there."""
    if cell.source is None:
        raise MethodError(f"a transfer to {cell.setting.data} needs the setting it comes from: give the cell a source")
    between_tasks = cell.source.task.name != cell.setting.task.name
    head = found(Cell(cell.setting, cell.sparsity)) if between_tasks else None
    return Transfer(found(Cell(cell.source, cell.sparsity)), cell.setting, head)


METHODS = {
    "transfer_st": partial(transferred, found=two_in_one),
    "transfer_rp": partial(transferred, found=randomly_pruned),
    "transfer_rr": partial(transferred, found=partial(rewound, to="random")),
}
