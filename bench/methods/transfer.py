"""Tickets found on a source and fine-tuned on the target with their masks fixed (Tab. 2, Tab. 8, Fig. 8)."""

from __future__ import annotations

from functools import partial

from bench.experiments import Step
from bench.methods import Condition, Method, MethodError
from bench.methods.lottery import randomly_pruned, rewound
from bench.methods.two_in_one import two_in_one
from bench.steps.transfer import Transfer


def transferred(given: Condition, found: Method) -> Step:
    """What `found` finds on the source, on the target's data; between tasks with the head it finds there."""
    source, target = given.source, given.setting
    if source is None:
        raise MethodError(f"a transfer to {target.data} needs the setting it comes from: give the condition a source")
    between_tasks = source.problem.task.name != target.problem.task.name
    head = found(Condition(target, given.sparsity)) if between_tasks else None
    return Transfer(
        found(Condition(source, given.sparsity)), target.problem, target.fine_tuning or target.retraining, head
    )


METHODS = {
    "transfer_st": partial(transferred, found=two_in_one),
    "transfer_rp": partial(transferred, found=randomly_pruned),
    "transfer_rr": partial(transferred, found=partial(rewound, to="random")),
}
