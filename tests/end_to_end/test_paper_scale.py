"""The paper profile's own settings on miniature copies of its data sets: searched, pruned, retrained, scored.

Nets, batches and lengths are small; everything else is the profile's: data sets, recipes, augmentation, protocol.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from bench.context import compute, load_samples
from bench.data import DataSet, data_set
from bench.engines.local import LocalProcesses
from bench.experiments import Run, lineage
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.methods.object_recognition import dense_detector
from bench.profiles import profile
from bench.runner import Runner
from bench.settings import DetectorSetting, Setting
from bench.steps.evaluate import Evaluate
from bench.store import Store
from paper_tables.watch import Lines
from supertickets.batches import Batches
from supertickets.loading import HERE, Loading
from supertickets.supernet import SupernetConfig
from supertickets.trainer import Trainer
from tests.coco_part import SOURCES, a_part_of_coco
from tests.contracts.trees import TREES
from tests.end_to_end.decoding import Decodes
from tests.end_to_end.tiny_tables import tiny_detector
from tests.properties.small import TWO_BRANCHES

pytestmark = pytest.mark.slow
ROLES = ["ImageNet", "Cityscapes", "ADE20K", "COCO keypoints"]
SIZES = {"ImageNet": (32, 32), "Cityscapes": (32, 64), "ADE20K": (32, 32), "COCO keypoints": (64, 48)}
CLASSES = {"ImageNet": 3, "Cityscapes": 19, "ADE20K": 150, "COCO keypoints": 17}


def put_in_place(form: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """Write the miniature copy of a data set, and let it be the one of that name."""
    found = TREES[form](root)
    monkeypatch.setattr(importlib.import_module(f"bench.data.{found.name}"), "DATA_SET", found)
    return found


def reduced(role: str, net: SupernetConfig | None = None, batch: int = 3) -> Setting:
    """The paper profile's setting on few, small pictures; `net` None: of its own size."""
    setting = profile("paper").setting(role)
    outputs = CLASSES[role]
    architecture: Any = setting.problem.architecture
    if net is not None:
        fields = {name: getattr(architecture, name) for name in ("head_kind", "bn_momentum", "bn_eps", "init")}
        architecture = replace(net, **fields, branch_channels=(8, 12))
    recipe = replace(setting.problem.recipe, image_size=SIZES[role], batch_size=batch, steps_per_epoch=1, rho_warmup=1)
    counted = "joints" if role == "COCO keypoints" else "classes"
    problem = replace(
        setting.problem,
        task=replace(setting.problem.task, **{counted: outputs}),
        architecture=replace(architecture, outputs=outputs),
        recipe=recipe,
    )
    return replace(
        setting,
        problem=problem,
        algorithm=replace(setting.algorithm, epochs=3, search_interval=2, prune_interval=1, drop_threshold=0.9999),
        retraining=replace(setting.retraining, epochs=1),
        fine_tuning=None,
        searching=replace(setting.searching, rebuild_macs=0, recalibration_batches=1),
        one_shot=replace(setting.one_shot, gradient_batches=1),
        protocol=replace(setting.protocol, batches=1),
    )


def computed(step: Any, store: Store) -> dict[str, Any]:
    """The numbers of a step; whatever it builds on is computed first."""
    for one in lineage(step):
        run = Run(one, 0)
        if store.load(run) is None:
            compute(run, store.environment, store, lambda *_: None)
    result = store.load(Run(step, 0))
    assert result is not None
    return result.numbers


@pytest.mark.filterwarnings("ignore:.*nothing is kept of", "ignore:.*removed no unit")
@pytest.mark.parametrize(
    "role",
    [*ROLES, "ImageNet (flat)", "COCO keypoints (detected boxes)", *(f"COCO keypoints ({name})" for name in SOURCES)],
)
def test_a_miniature_copy_is_searched_pruned_retrained_and_scored(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role, _, form = role.rstrip(")").partition(" (")
    setting = reduced(role, TWO_BRANCHES)
    if form.startswith("detected"):
        setting = replace(setting, problem=replace(setting.problem, data="coco_keypoints_detected"))
    if form in SOURCES:
        train, val = a_part_of_coco(form, tmp_path / "root")
        own: Any = replace(data_set("coco_keypoints"), train_count=train, val_count=val)  # type: ignore[call-arg]
        monkeypatch.setattr(importlib.import_module("bench.data.coco_keypoints"), "DATA_SET", own)
    else:
        kind = f"{setting.data} ({form})" if form == "flat" else setting.data
        put_in_place(kind, tmp_path / "root", monkeypatch)
    store = Store(Environment(tmp_path / "cache", tmp_path / "root", loading=Loading(1)))
    given = Condition(setting, 20)
    for method in ("pp_ir_s_rt", "sp_grad"):
        scores = computed(
            Evaluate(step_for(method, given), setting.protocol, setting.evaluation, setting.evaluation_batch), store
        )
        assert scores.keys() <= set(setting.problem.task.metrics) and scores
        assert all(0 <= value <= 100 for value in scores.values())
    ticket = store.ticket(Run(step_for("pp_ir_s", given), 0))
    assert ticket.sparsity == pytest.approx(0.2, abs=0.01)
    assert ticket.shape != setting.problem.architecture.shape(setting.problem.architecture.build(0)), "units died"


DETECTORS = ["COCO instances", "COCO people", "VOC"]


def of_classes(problem: Any, classes: int) -> Any:
    """The problem on a set with another number of classes."""
    architecture = replace(problem.architecture, outputs=classes)
    return replace(problem, task=replace(problem.task, classes=classes), architecture=architecture)


def reduced_detector(role: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> DetectorSetting:
    """The paper profile's detector with narrow nets, on miniature copies of its own data set and the classifier's."""
    setting = tiny_detector(profile("paper").detectors[role])
    data = put_in_place(setting.data, root, monkeypatch)
    problem = setting.problem if role == "COCO people" else of_classes(setting.problem, data.classes)
    classifier = of_classes(setting.classifier, CLASSES["ImageNet"])
    # after fewer steps its statistics, which stay, normalise so little that fifty layers make any number infinite
    classifier = replace(classifier, recipe=replace(classifier.recipe, steps_per_epoch=10))
    return replace(setting, problem=problem, classifier=classifier)


@pytest.mark.filterwarnings("ignore:.*nothing is kept of", "ignore:.*hardly anything")
@pytest.mark.parametrize("role", DETECTORS)
def test_a_miniature_copy_is_detected_pruned_rewound_transferred_and_scored(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    put_in_place("imagenet", root, monkeypatch)
    setting = reduced_detector(role, root, monkeypatch)
    methods, source = ["or_direct", "or_mask", "or_ticket"], None
    if role == "COCO people":
        methods, source = [*methods, "or_task"], reduced_detector("COCO instances", root, monkeypatch)
    store, given = Store(Environment(tmp_path / "cache", root)), Condition(setting, 20, source)
    for method in methods:
        scores = computed(
            Evaluate(step_for(method, given), setting.protocol, setting.evaluation, setting.evaluation_batch), store
        )
        assert scores.keys() <= set(setting.problem.task.metrics) and scores
        assert all(0 <= value <= 100 for value in scores.values())
    found = step_for("or_direct", given)
    assert store.ticket(Run(found, 0)).sparsity == pytest.approx(0.2, abs=0.01)
    dense, (start,) = dense_detector(setting), found.parents
    early, begun = store.ticket(Run(dense, 0), "early"), store.ticket(Run(start, 0))
    kept = begun.net().state_dict()["backbone.body.layer1.0.conv1.weight"]
    same = early.net().state_dict()["backbone.body.layer1.0.conv1.weight"]
    assert torch.equal(kept, same * begun.masks["backbone.body.layer1.0.conv1.weight"])


@pytest.mark.filterwarnings("ignore:.*nothing is kept of", "ignore:.*removed no unit")
def test_how_pictures_are_decoded_changes_no_bit_of_a_ticket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = reduced("Cityscapes", TWO_BRANCHES)
    put_in_place(setting.data, tmp_path / "root", monkeypatch)
    tickets = []
    for name, loading in (("one", HERE), ("two", Loading(2, ahead=1))):
        store = Store(Environment(tmp_path / name, tmp_path / "root", loading=loading))
        step = step_for("pp_ir_s", Condition(setting, 20))
        computed(step, store)
        tickets.append(store.ticket(Run(step, 0)).to_bytes())
    assert tickets[0] == tickets[1]


def require_a_step(problem: Any, environment: Environment) -> None:
    """An epoch has a loss and moves nearly all parameters."""
    samples = load_samples(problem, "train", environment)
    batches = Batches(problem.task, samples, problem.recipe, 0, torch.device("cpu"))
    net = problem.architecture.build(0)
    before = {name: weight.detach().clone() for name, weight in net.named_parameters()}
    trainer = Trainer(problem.architecture, net, batches, 1)
    trainer.train_epoch(1)
    assert trainer.progress.history[0]["loss"] > 0
    changed = [name for name, weight in net.named_parameters() if not torch.equal(weight, before[name])]
    assert len(changed) > 0.8 * len(before)


@pytest.mark.parametrize("role", ROLES)
def test_a_supernet_of_the_papers_size_takes_a_step(role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = reduced(role, batch=2)
    problem = setting.problem
    paper: Any = profile("paper").setting(role).problem.architecture
    assert replace(problem.architecture, outputs=paper.outputs) == paper  # type: ignore[type-var]
    put_in_place(setting.data, tmp_path / "root", monkeypatch)
    environment = Environment(tmp_path / "cache", tmp_path / "root")
    require_a_step(problem, environment)


@pytest.mark.parametrize("role", DETECTORS)
def test_a_detector_of_the_papers_size_takes_a_step(role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two small pictures; few of the regions that are proposed are looked at."""
    setting = profile("paper").detectors[role]
    data = put_in_place(setting.data, tmp_path / "root", monkeypatch)
    problem: Any = setting.problem if role == "COCO people" else of_classes(setting.problem, data.classes)
    problem = replace(
        problem,
        architecture=replace(problem.architecture, samples=8, proposal_samples=16),
        recipe=replace(problem.recipe, image_size=(64, 96), batch_size=2, steps_per_epoch=1),
    )
    require_a_step(problem, Environment(tmp_path / "cache", tmp_path / "root"))


def test_runs_of_the_engine_may_have_processes_that_decode(tmp_path: Path) -> None:
    environment = Environment(tmp_path, None, loading=Loading(1))
    run = Run(Decodes(), 0)
    failures = Runner(Store(environment), lambda: LocalProcesses(environment, 1), Lines()).run([[run]], lambda *_: None)
    result = Store(environment).load(run)
    assert failures == {} and result is not None
    assert result.numbers["decoding"] != result.numbers["computing"] != os.getpid()
