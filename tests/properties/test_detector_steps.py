"""Steps of detectors as values: every field names another experiment, and what makes no sense is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.experiments import Step, experiment_id, lineage
from bench.settings import SettingError
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune_trained import PruneTrained
from bench.steps.reset import Reset
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
    THINGS,
)
from tests.properties.test_experiment_ids import changed

pytestmark = pytest.mark.fast

RESET = Reset(PRUNED_DETECTOR, DENSE_DETECTOR, "early")
STEPS: tuple[Step, ...] = (
    DENSE_DETECTOR, PRUNED_DETECTOR, ON_THINGS, MaskTransfer(CLASSIFIER, THINGS, 70),
    TaskTransfer(PRUNED_DETECTOR, ON_JOINTS), Train(JOINTS, 2),
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
        (lambda: Reset(DENSE_DETECTOR, DENSE_DETECTOR, "early"), "a dense training has none: prune it first"),
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
        (
            lambda: WithBackbone(CLASSIFIER, replace(BOXES, architecture=replace(BOXES.architecture, width=8))),
            "cannot transfer: width is 4 in the source, 8 in the target",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, message: str) -> None:
    with pytest.raises((SettingError, MaskError, ArchitectureError), match=message):
        make()
