"""Steps of detectors as values: every field names another experiment, and what makes no sense is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from bench.experiments import Step, experiment_id, lineage
from bench.settings import SettingError
from bench.steps.analyse import Analyse
from bench.steps.converge import Converge, epochs_to
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune_trained import PruneTrained
from bench.steps.reset import Reset
from bench.steps.retrain import Retrain
from bench.steps.task_transfer import TaskTransfer
from bench.steps.train import Train
from bench.steps.with_backbone import WithBackbone
from supertickets.architecture import ArchitectureError
from supertickets.masks import MaskError
from supertickets.pruning import Pruning
from tests.golden.cases import (
    BODY,
    BOXES,
    CLASSIFIER,
    DENSE_DETECTOR,
    JOINTS,
    ON_JOINTS,
    ON_THINGS,
    PRUNED_DETECTOR,
    RETRAINING,
    THINGS,
    WATCHED,
    WATCHED_TICKET,
)
from tests.golden.context import TinyContext
from tests.properties.test_experiment_ids import changed

pytestmark = pytest.mark.fast

RESET = Reset(PRUNED_DETECTOR, DENSE_DETECTOR, "early")
STEPS: tuple[Step, ...] = (
    DENSE_DETECTOR, PRUNED_DETECTOR, ON_THINGS, MaskTransfer(CLASSIFIER, THINGS, 70),
    TaskTransfer(PRUNED_DETECTOR, ON_JOINTS), Train(JOINTS, 2), WATCHED_TICKET,
    replace(PRUNED_DETECTOR, as_many_as="backbone"),
)  # fmt: skip


def test_every_field_is_part_of_the_id() -> None:
    ids: dict[str, str] = {}
    for step in STEPS:
        name = type(step).__name__
        for path, other in [("", step), *changed(step)]:
            identity = experiment_id(other)
            assert identity not in ids, f"{name} {path} and {ids[identity]} share an id"
            ids[identity] = f"{name} {path}"
    assert {
        "Train length", "Train kept.0.0", "Train start.classifier.length", "PruneTrained pruning.ranking",
        "PruneTrained percent", "WithBackbone classifier.length", "MaskTransfer ranked",
        "MaskTransfer ranking", "MaskTransfer percent", "TaskTransfer values", "Train on.architecture.canonical_size",
        "Train on.task.person",
    } <= {path.rstrip(".") for path in ids.values()}  # fmt: skip
    late = replace(DENSE_DETECTOR, kept=((1, "early"), (2, "late")))
    assert experiment_id(Reset(PRUNED_DETECTOR, late, "late")) != experiment_id(Reset(PRUNED_DETECTOR, late, "early"))


def test_what_steps_build_on_and_how_much_of_it_is_pruned() -> None:
    assert list(dict.fromkeys(lineage(RESET))) == [CLASSIFIER, ON_THINGS, DENSE_DETECTOR, PRUNED_DETECTOR, RESET]
    moved = TaskTransfer(PRUNED_DETECTOR, ON_JOINTS)
    assert (moved.problem, moved.sparsity, moved.epochs, moved.parents) == (JOINTS, 60, 0, (PRUNED_DETECTOR, ON_JOINTS))
    assert (DENSE_DETECTOR.epochs, DENSE_DETECTOR.sparsity, RESET.sparsity, RESET.problem) == (3, 0, 60, THINGS)
    assert WithBackbone(PruneTrained(CLASSIFIER, 50, Pruning("backbone")), JOINTS).sparsity == 50


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Train(THINGS, 0), "length is 0: give a positive whole number"),
        (lambda: Train(THINGS, 2, kept=((3, "late"),)), "kept after epoch 3 of 2"),
        (lambda: Train(THINGS, 2, PRUNED_DETECTOR), "has a mask: train it with Retrain"),
        (lambda: Train(JOINTS, 2, ON_THINGS), "is on things: start on walkers as is"),
        (
            lambda: Reset(replace(DENSE_DETECTOR, length=4), DENSE_DETECTOR, "early"),
            "a ticket with a mask, or the dense training itself: prune first",
        ),
        (lambda: Retrain(DENSE_DETECTOR, RETRAINING), "retraining needs a ticket with a mask"),
        (lambda: Reset(PRUNED_DETECTOR, DENSE_DETECTOR, "noon"), r"no state 'noon' was kept, only \['early'\]"),
        (
            lambda: Reset(PRUNED_DETECTOR, Train(JOINTS, 2, kept=((1, "early"),)), "early"),
            "a ticket of things reset to a training on walkers",
        ),
        (lambda: WithBackbone(DENSE_DETECTOR, THINGS), "things: the net is of kind 'rcnn': give a classifier"),
        (lambda: WithBackbone(CLASSIFIER, BODY), "objects: the net is of kind 'resnet': give a detector"),
        (lambda: MaskTransfer(PruneTrained(CLASSIFIER, 50, Pruning()), THINGS, 70), "has a mask: give the dense"),
        (lambda: TaskTransfer(PRUNED_DETECTOR, ON_THINGS), "from instance segmentation to itself"),
        (lambda: TaskTransfer(DENSE_DETECTOR, ON_JOINTS), "the mask of a sparse source on a dense start"),
        (lambda: PruneTrained(DENSE_DETECTOR, 100, Pruning()), "sparsity 100"),
        (lambda: replace(CLASSIFIER, validated_on="val"), "classification has no validation loss"),
        (lambda: Retrain(PruneTrained(CLASSIFIER, 50, Pruning()), RETRAINING, "val"), "has no validation loss"),
        (lambda: Train(THINGS, 2, validated_on="train"), "validated_on is 'train'"),
        (lambda: Analyse(CLASSIFIER), "classification finds no objects"),
        (lambda: Converge(DENSE_DETECTOR, WATCHED), "dense training notes no validation loss"),
        (lambda: Converge(WATCHED, RESET), "notes no validation loss: give it validated_on"),
        (lambda: Converge(WATCHED, Train(JOINTS, 2, validated_on="val")), "losses on things and walkers"),
        (
            lambda: WithBackbone(CLASSIFIER, replace(BOXES, architecture=replace(BOXES.architecture, width=8))),
            "cannot transfer: width is 4 in the source, 8 in the target",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, message: str) -> None:
    with pytest.raises((SettingError, MaskError, ArchitectureError), match=message):
        make()


@pytest.mark.parametrize(
    ("losses", "common", "expected"),
    [
        ([4, 3, 2, 1], 1, 4),
        ([4, 3, 2, 1], 4.5, 1),
        ([4, 2, 1], 3, 1.5),
        ([4, 2, 3, 1], 2, 2),
        ([4, 5, 3], 3.5, 2.75),
        ([2], 2, 1),
    ],
)
def test_epochs_to_a_loss_are_those_of_straight_lines(losses: list[float], common: float, expected: float) -> None:
    assert epochs_to(losses, common) == pytest.approx(expected)


class _Histories(TinyContext):
    """Losses of a dense net that is slow and comes further, and of a ticket."""

    def numbers(self, parent: Step) -> Any:
        losses = [5.0, 4, 2, 1] if parent == WATCHED else [4.0, 3, 3]
        return {"history": [{"validation_loss": loss} for loss in losses]}


def test_two_nets_are_compared_at_the_lowest_loss_that_both_reach() -> None:
    ticket = Converge(WATCHED_TICKET, WATCHED, before=1).compute(_Histories()).numbers
    dense = Converge(WATCHED, WATCHED_TICKET).compute(_Histories()).numbers
    assert (ticket["epochs_to_loss"], ticket["epochs_with_rewound"]) == (2, 3)
    assert (dense["epochs_to_loss"], dense["epochs_with_rewound"]) == (2.5, 2.5)
    assert dense["validation_losses"] == [5, 4, 2, 1]


@pytest.mark.slow
def test_losses_are_noted_after_every_epoch_and_change_nothing() -> None:
    watched, plain = (replace(WATCHED, validated_on=on).compute(TinyContext()) for on in ("val", None))
    losses = [epoch.pop("validation_loss") for epoch in watched.numbers["history"]]
    assert len(losses) == 3 and all(loss > 0 for loss in losses) and len(set(losses)) == 3
    assert watched.numbers == plain.numbers
    for name, ticket in plain.tickets.items():
        assert all(torch.equal(ticket.weights[key], value) for key, value in watched.tickets[name].weights.items())


def test_a_dense_training_is_rewound_to_the_state_that_was_kept_of_it() -> None:
    rewound, context = Reset(DENSE_DETECTOR, DENSE_DETECTOR, "early"), TinyContext()
    again = Retrain(rewound, RETRAINING)
    assert (rewound.sparsity, again.sparsity, again.epochs) == (0, 0, RETRAINING.epochs)
    found = rewound.compute(context).tickets["ticket"]
    kept, end = (context.ticket(DENSE_DETECTOR, name) for name in ("early", "ticket"))
    assert not found.masks
    for name, value in found.weights.items():
        assert torch.equal(value, kept.weights[name])
    assert any(not torch.equal(value, end.weights[name]) for name, value in found.weights.items())


@pytest.mark.slow
def test_a_ticket_can_have_as_many_zeros_as_a_transfer() -> None:
    architecture, context = THINGS.architecture, TinyContext()
    net = architecture.build(0)
    backbone, everything = (
        sum(weight.numel() for weight in architecture.prunable(net, which).values())
        for which in ("backbone", "detector")
    )
    transferred = MaskTransfer(CLASSIFIER, THINGS, 80).compute(context).tickets["ticket"]
    own = PruneTrained(DENSE_DETECTOR, 80, Pruning("detector"), "backbone").compute(context).tickets["ticket"]
    zeros = [sum(int((~mask).sum()) for mask in ticket.masks.values()) for ticket in (transferred, own)]
    assert zeros[0] == round(0.8 * backbone)
    assert abs(zeros[0] - zeros[1]) <= 0.005 * everything + 1
    assert sum(mask.numel() for mask in own.masks.values()) == everything
