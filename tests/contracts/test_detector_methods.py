"""Methods of detectors are the steps that their names say, and what is measured of them is what tables ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.data import data_set
from bench.data.annotated import AnnotatedDataSet
from bench.experiments import Step, lineage
from bench.measures import MeasureError, measure
from bench.methods import Condition, MethodError, methods, step_for
from bench.profiles import profile, profile_names
from bench.settings import DetectorSetting, SettingError
from bench.steps.analyse import Analyse
from bench.steps.converge import Converge
from bench.steps.evaluate import Evaluate
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune_trained import PruneTrained
from bench.steps.reset import Reset
from bench.steps.retrain import Retrain
from bench.steps.task_transfer import TaskTransfer
from bench.steps.train import Train
from bench.steps.with_backbone import WithBackbone
from supertickets.tasks.detection import KeypointDetection

pytestmark = pytest.mark.fast

EMBEDDED = profile("embedded")
SCENES, PEOPLE = EMBEDDED.detectors["COCO instances"], EMBEDDED.detectors["COCO people"]
GIVEN = Condition(SCENES, 80, PEOPLE)
CLASSIFIER = Train(SCENES.classifier, SCENES.classifier_epochs, kept=((3, "early"),))
DENSE = Train(SCENES.problem, SCENES.algorithm.epochs, WithBackbone(CLASSIFIER, SCENES.problem), ((1, "early"),), "val")


@pytest.mark.parametrize("name", [name for name in profile_names() if profile(name).detectors])
def test_detectors_fit_their_data(name: str) -> None:
    for role, setting in profile(name).detectors.items():
        data, problem = data_set(setting.data), setting.problem
        assert isinstance(data, AnnotatedDataSet) and role.endswith(data.role)
        outputs = data.joint_names if isinstance(problem.task, KeypointDetection) else data.class_names
        # the classes of all of COCO are in its files alone
        assert problem.task.outputs == problem.architecture.outputs == (80 if setting.data == "coco" else len(outputs))
        assert (problem.split, setting.evaluation) == ("train", "val"), "tables train on train and report on val"
        assert setting.rewind_epoch == 1 and setting.retraining.epochs == setting.algorithm.epochs
        assert data_set(setting.classifier.data).role == "ImageNet"


def ticket(dense: Train, setting: DetectorSetting, pruned: PruneTrained) -> Retrain:
    return Retrain(Reset(pruned, dense, "early"), setting.retraining, "val")


def step(key: str, given: Condition = GIVEN) -> Step:
    return step_for(key, given)


def test_every_detector_begins_with_the_classifier_and_keeps_a_state_to_rewind_to() -> None:
    assert step("or_dense", Condition(SCENES, 0)) == DENSE
    again = Retrain(Reset(DENSE, DENSE, "early"), SCENES.retraining, "val")
    assert step("or_dense_again", Condition(SCENES, 0)) == again, "as a ticket, but for the mask"
    for key in methods():
        if key.startswith("or_") and not key.startswith("or_dense"):
            assert CLASSIFIER in lineage(step(key)), key
    with pytest.raises(MethodError, match="a dense detector at 80 %: ask for sparsity 0"):
        step("or_dense")
    with pytest.raises(MethodError, match="a dense detector at 80 %: ask for sparsity 0"):
        step("or_dense_again")
    with pytest.raises(MethodError, match="embedded_streets has no detector"):
        step("or_direct", Condition(EMBEDDED.settings["Cityscapes"], 80))


def test_own_tickets_are_pruned_rewound_and_trained_again() -> None:
    pruning = SCENES.pruning
    assert pruning.prunable == "detector" and pruning.ranking == "global"
    expected = {
        "or_direct": PruneTrained(DENSE, 80, pruning),
        "or_direct_shared": PruneTrained(DENSE, 80, replace(pruning, prunable="shared")),
        "or_direct_layers": PruneTrained(DENSE, 80, replace(pruning, ranking="per layer")),
        "or_direct_equal": PruneTrained(DENSE, 80, pruning, "backbone"),
    }
    for key, pruned in expected.items():
        assert step(key) == ticket(DENSE, SCENES, pruned), key


def test_transfers_carry_what_their_names_say() -> None:
    untrained = DENSE.start
    assert untrained is not None
    assert step("or_mask") == Retrain(MaskTransfer(CLASSIFIER, SCENES.problem, 80), SCENES.retraining)
    assert step("or_mask_code") == Retrain(MaskTransfer(CLASSIFIER, SCENES.problem, 80, "detector"), SCENES.retraining)
    pruned = PruneTrained(CLASSIFIER, 80, replace(SCENES.pruning, prunable="backbone"))
    found = Retrain(Reset(pruned, CLASSIFIER, "early"), replace(SCENES.retraining, epochs=SCENES.classifier_epochs))
    assert step("or_ticket") == Retrain(WithBackbone(found, SCENES.problem), SCENES.retraining)
    theirs = step("or_direct", Condition(PEOPLE, 80))
    shared = step("or_direct_shared", Condition(PEOPLE, 80))
    assert step("or_task") == Retrain(TaskTransfer(theirs, untrained), SCENES.retraining)
    assert step("or_task_code") == Retrain(TaskTransfer(theirs, untrained, "imagenet"), SCENES.retraining)
    assert step("or_task_shared") == Retrain(TaskTransfer(shared, untrained), SCENES.retraining)


def test_what_is_measured() -> None:
    own = step("or_direct")
    assert measure("scores", own, SCENES) == Evaluate(own, SCENES.protocol, "val", SCENES.evaluation_batch)
    assert measure("errors", own, SCENES) == Analyse(own, "val", SCENES.evaluation_batch)
    assert measure("convergence", own, SCENES) == Converge(own, DENSE, before=1)
    assert measure("convergence", DENSE, SCENES) == Converge(DENSE, own)
    with pytest.raises(MeasureError, match=r"no measurement is called 'error': did you mean 'errors'\?"):
        measure("error", own, SCENES)
    with pytest.raises(SettingError, match="notes no validation loss"):
        measure("convergence", step("or_mask"), SCENES)


def test_while_choosing_losses_are_those_of_the_tuning_split() -> None:
    choosing = replace(SCENES, problem=replace(SCENES.problem, split="train_minus_tune"), evaluation="tune")
    found = step("or_direct", Condition(choosing, 80))
    assert isinstance(found, Retrain) and found.validated_on == "tune"
    assert {one.validated_on for one in lineage(found) if isinstance(one, Train)} == {None, "tune"}
