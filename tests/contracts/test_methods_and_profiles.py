"""Every row of every table can be described at every scale, and the profiles keep the paper's proportions."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pytest

import bench.profiles
from bench.data import DataError, data_set
from bench.experiments import Run, lineage
from bench.methods import Condition, MethodError, methods, step_for
from bench.profiles import ProfileError, profile, profile_names
from bench.settings import DetectorSetting, Retraining
from bench.steps.analyse import Analyse
from bench.steps.converge import Converge
from bench.steps.count import Count
from bench.steps.evaluate import Evaluate
from bench.steps.measuring import Measuring
from bench.steps.prune import Prune
from bench.steps.retrain import Retrain
from bench.steps.rewind import Rewind
from bench.steps.search import Search
from bench.steps.transfer import Transfer
from paper_tables.measured import plan
from paper_tables.profiles import BANNERS
from paper_tables.registry import tables
from supertickets.detectors import RCNN
from supertickets.optimizers import learning_rate
from supertickets.supernet import SupernetConfig
from supertickets.tasks.classification import Classification

pytestmark = pytest.mark.fast

MEASURED = {"scores": Evaluate, "errors": Analyse, "convergence": Converge}
"""What tables may name -> the step that measures it."""

PROPORTIONS = {
    "ImageNet": (10, 25, 350),
    "Cityscapes": (10, 25, 430),
    "ADE20K": (10, 15, 200),
    "COCO keypoints": (10, 15, 210),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "embedded" else pytest.mark.slow) for name in profile_names()]
)
def test_every_cell_of_every_table_has_a_run_or_a_reason(name: str) -> None:
    chosen = profile(name)
    for table in tables().values():
        if not any(
            {column.role, column.source or column.role} <= {*chosen.settings, *chosen.detectors}
            for column in table.columns
        ):
            with pytest.raises(ProfileError):
                plan(table, chosen, (0,))
            continue
        item = plan(table, chosen, (0,))
        trained = {column.at(row) for row, column in table.cells() if row.computed_by is not None}
        assert item.cells.keys() | item.unavailable.keys() == trained
        assert not item.cells.keys() & item.unavailable.keys()
        runs: dict[str | None, list[str]] = {}
        for address, (one,) in item.cells.items():
            runs.setdefault(table.row(address.row).reading, []).append(one.scores.id)
        assert all(len(set(ids)) == len(ids) for ids in runs.values()), "cells differ in their runs"
        for address, (one,) in item.cells.items():
            scores, costs = one.scores.step, one.costs.step
            assert isinstance(scores, Measuring) and isinstance(costs, Count) and scores.of == costs.of
            assert type(scores) is MEASURED[table.measured]
            assert scores.sparsity == costs.sparsity == address.sparsity
            assert scores.problem == chosen.setting(address.role, table.name).problem
            assert not isinstance(scores, Evaluate | Analyse) or scores.split == "val"


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for name in profile_names() for role in profile(name).settings]
)
def test_profiles_keep_the_proportions_of_the_paper(name: str, role: str) -> None:
    setting = profile(name).setting(role)
    given = setting.algorithm
    t_s, t_p, t_max = PROPORTIONS[role]
    scale = Fraction(given.epochs, t_max)
    assert given.search_interval == t_s * scale
    assert given.prune_interval == t_p * scale
    assert setting.retraining.epochs == 50 * scale
    assert setting.problem.recipe.rho_warmup == 25 * scale


PAPER_RECIPES = {
    "ImageNet": ("rmsprop", 0.016, 1e-3, "exponential", 1e-5, 256, (224, 224), 1.8e-4),
    "Cityscapes": ("adamw", 0.04, 1e-3, "onecycle", 1e-5, 32, (512, 1024), 1.4e-4),
    "ADE20K": ("adamw", 0.04, 1e-3, "onecycle", 1e-5, 32, (512, 512), 1.4e-4),
    "COCO keypoints": ("adam", 1e-3, 1e-8, "multistep", 1e-8, 384, (256, 192), 1e-6),
}
"""Optimizer, learning rate, eps, schedule, L2, batch, image size, rho: Sec. 4.1 and the public configurations."""


@pytest.mark.parametrize("role", list(PAPER_RECIPES))
def test_the_paper_profile_has_the_papers_recipes(role: str) -> None:
    setting = profile("paper").setting(role)
    recipe, net = setting.problem.recipe, setting.problem.architecture
    optimization = recipe.optimization
    how = (optimization.optimizer, optimization.lr, optimization.eps, optimization.schedule, optimization.l2)
    assert (*how, recipe.batch_size, recipe.image_size, recipe.rho) == PAPER_RECIPES[role]
    assert (optimization.averaged, optimization.div, setting.retraining.lr) == (True, 25, 1)
    assert isinstance(net, SupernetConfig) and net.tokens == 64, "the transformer path is on"
    assert (setting.algorithm.drop_threshold, setting.searching.recalibration_batches) == (1e-3, 10)
    pose = role == "COCO keypoints"
    assert (net.bn_momentum, net.bn_eps) == ((0.1, 1e-5) if pose else (0.01, 1e-3))
    assert net.last_channels == {"ImageNet": 1600, "ADE20K": 180}.get(role, 90)


DETECTOR_RECIPES = {
    "COCO instances": (0.02, 2000, (2 / 3, 8 / 9), (800, 1333), "resnet18", "fpn", 1000, 512),
    "COCO people": (0.015, 2000, (2 / 3, 8 / 9), (800, 1333), "resnet18", "fpn", 1500, 512),
    "VOC": (0.01, 600, (10 / 12,), (600, 1000), "resnet50", "c4", 2000, 256),
}
"""Learning rate, its warm-up, where it falls, image size, net, regions proposed and looked at: of the public code."""


@pytest.mark.parametrize("role", list(DETECTOR_RECIPES))
def test_the_paper_profile_has_the_recipes_of_detectors(role: str) -> None:
    setting = profile("paper").detectors[role]
    recipe, net = setting.problem.recipe, setting.problem.architecture
    assert isinstance(net, RCNN)
    how = recipe.optimization
    looked_at = (net.body, net.features, net.training_proposals, net.samples)
    assert (how.lr, how.warmup_steps, how.milestones, recipe.image_size, *looked_at) == DETECTOR_RECIPES[role]
    for each in (how, setting.classifier.recipe.optimization):
        assert (each.optimizer, each.schedule, each.l2, each.averaged) == ("sgd", "multistep", 1e-4, False)
    classifier = setting.classifier.recipe.optimization
    assert (classifier.lr, classifier.milestones, classifier.warmup_steps) == (0.1, (1 / 3, 2 / 3), 0)
    assert setting.classifier.task == Classification(1000, label_smoothing=0.0)


def test_the_paper_has_resnet50_in_its_first_table_of_detectors_and_resnet18_elsewhere() -> None:
    paper = profile("paper")
    assert set(paper.of_tables) <= set(tables()), "settings of a table that is not there"
    for table in tables().values():
        for role in {column.role for column in table.columns} & {"COCO instances", "COCO people"}:
            setting = paper.setting(role, table.name)
            expected = "resnet50" if table.name == "or-mask-transfer" else "resnet18"
            assert isinstance(setting, DetectorSetting)
            bodies = {
                getattr(net, "body", "") for net in (setting.problem.architecture, setting.classifier.architecture)
            }
            assert bodies == {expected}
    (runs, *_) = plan(tables()["or-mask-transfer"], paper, (0,)).cells.values()
    assert getattr(runs[0].scores.step.problem.architecture, "body", "") == "resnet50"


@pytest.mark.parametrize("name", [name for name in profile_names() if not profile(name).unavailable])
def test_runnable_profiles_fit_their_data(name: str) -> None:
    for role, setting in profile(name).settings.items():
        data = data_set(setting.data)
        assert data.role == role
        problem, net = setting.problem, setting.problem.architecture
        assert data.task == problem.task.name
        assert data.classes == problem.task.outputs == net.outputs
        assert isinstance(net, SupernetConfig)
        assert [side % net.stride for side in problem.recipe.image_size] == [0, 0]
        assert (problem.split, setting.evaluation) == ("train", "val"), "tables train on train and report on val"


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_has_its_name_and_banner(name: str) -> None:
    assert profile(name).name == name
    assert profile(name).banner == BANNERS[name]
    assert set(BANNERS) == set(profile_names())


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("", 'name="mine", banner="mine"'),
        ('BANNER = " "', 'name="mine", banner=BANNER'),
        ("BANNER = 3", 'name="mine", banner=BANNER'),
        ('BANNER = "mine"', 'name="mine"'),
        ('BANNER = "mine"', 'name="embedded", banner=BANNER'),
        ('BANNER = "mine".upper()', 'name="mine", banner=BANNER'),
    ],
)
def test_a_profile_that_does_not_say_what_its_numbers_are_is_refused(
    line: str, made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced = f"PROFILE = replace(embedded.PROFILE, {made})"
    (tmp_path / "mine.py").write_text(
        f"from dataclasses import replace\nfrom bench.profiles import embedded\n{line}\n{replaced}\n"
    )
    places = bench.profiles.__path__
    monkeypatch.setattr(bench.profiles.__spec__, "submodule_search_locations", [*places, str(tmp_path)])
    monkeypatch.setattr(bench.profiles, "__path__", [*places, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "bench.profiles.mine", raising=False)
    with pytest.raises(ProfileError, match=r"profile mine cannot be used: .*BANNER"):
        profile("mine")
    sys.modules.pop("bench.profiles.mine", None)


@pytest.mark.parametrize("name", [name for name in profile_names() if not profile(name).unavailable])
def test_a_search_is_long_enough_for_a_unit_to_die(name: str) -> None:
    """A step of Adam or RMSProp is about a learning rate long, and a scale has to come all the way from 1 to 0."""
    for role, setting in profile(name).settings.items():
        recipe, epochs = setting.problem.recipe, setting.algorithm.epochs
        assert recipe.optimization.optimizer in ("adam", "adamw", "rmsprop")
        per_epoch = recipe.steps_per_epoch
        steps = epochs * per_epoch
        rates = (learning_rate(recipe.optimization, step, steps, per_epoch) for step in range(steps))
        # no rate is negative, so that the way so far is no longer than all of it
        assert any(way > 1.05 for way in accumulate(rates)), role


def test_search_then_prune_rows_share_one_search() -> None:
    given = [Condition(profile("embedded").setting("Cityscapes"), sparsity) for sparsity in (50, 90)]
    keys = [key for key in methods() if key.startswith("sp_")]
    assert len(keys) == 6
    assert len({Run(next(lineage(step_for(key, one))), 0).id for key in keys for one in given}) == 1


def test_methods_are_what_their_names_say() -> None:
    source = profile("embedded").setting("COCO keypoints")
    given = Condition(profile("embedded").setting("Cityscapes"), 70, source)
    setting = given.setting
    steps = {key: step_for(key, given) for key in methods() if not key.startswith("or_")}
    assert all(step.sparsity == 70 for step in steps.values())
    assert all(step.problem == setting.problem for step in steps.values())
    one_shot = steps["sp_mag"]
    assert isinstance(one_shot, Prune) and one_shot.pruning == setting.one_shot
    assert one_shot.searched.algorithm.sparsity is None, "no masks while searching"
    assert steps["sp_mag_rt"] == Retrain(one_shot, setting.retraining)
    criteria = {"sp_rand": "random", "sp_grad": "gradient"}
    for key, criterion in criteria.items():
        assert steps[key] == replace(one_shot, pruning=replace(setting.one_shot, criterion=criterion))
    ticket = steps["pp_ir_s"]
    assert isinstance(ticket, Search) and (ticket.searching, ticket.pruning) == (setting.searching, setting.pruning)
    assert steps["pp_ir_s_rt"] == Retrain(ticket, setting.retraining)
    rewinds = {"rr_init": "random", "lt_init": "initial", "elt_init": "early", "llt_init": "late"}
    assert {key: steps[key] for key in rewinds} == {
        key: Retrain(Rewind(ticket, to), setting.retraining)  # type: ignore[arg-type]
        for key, to in rewinds.items()
    }
    assert steps["st_rp"] == replace(ticket, pruning=replace(ticket.pruning, criterion="random"))
    for key, found in (("transfer_st", "pp_ir_s"), ("transfer_rp", "st_rp"), ("transfer_rr", "rr_init")):
        there = step_for(found, Condition(source, 70))
        expected = Transfer(there, setting.problem, setting.retraining, head=steps[found])
        assert steps[key] == expected, "another task: its own head"
    switches = {}
    for key in ("two_in_one", "ir_s", "pp", "pp_ir_p", "pp_ir_s"):
        step = steps[key]
        assert isinstance(step, Search)
        switches[key] = (step.algorithm.progressive, step.algorithm.reactivation)
    assert switches == {
        "two_in_one": (False, "none"),
        "ir_s": (False, "search"),
        "pp": (True, "none"),
        "pp_ir_p": (True, "prune"),
        "pp_ir_s": (True, "search"),
    }


@pytest.mark.parametrize("source", ["ADE20K", "COCO keypoints"])
def test_a_transfer_is_as_long_as_its_setting_says(source: str) -> None:
    embedded = profile("embedded")
    target = embedded.setting("Cityscapes")
    for fine_tuning, expected in ((None, target.retraining), (Retraining(3), Retraining(3))):
        given = Condition(replace(target, fine_tuning=fine_tuning), 70, embedded.setting(source))
        step = step_for("transfer_st", given)
        assert isinstance(step, Transfer) and step.retraining == expected
        assert step_for("pp_ir_s_rt", given).epochs == target.retraining.epochs


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(MethodError, match="two_in_one"):
        step_for("magic", Condition(profile("embedded").setting("Cityscapes"), 90))
    with pytest.raises(MethodError, match="needs the setting it comes from"):
        step_for("transfer_st", Condition(profile("embedded").setting("Cityscapes"), 90))
    with pytest.raises(ProfileError, match="embedded"):
        profile("huge")
    with pytest.raises(ProfileError, match="Cityscapes"):
        profile("embedded").setting("Moon")
    with pytest.raises(DataError, match="camvid"):
        data_set("cifar")
