"""Every row of every table can be described at every scale, and the profiles keep the paper's proportions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from bench.stages.prune import Prune
from bench.stages.retrain import Retrain
from bench.stages.rewind import Rewind
from bench.stages.search import Search
from bench.stages.transfer import Transfer

from bench.data import DataError, data_set
from bench.experiments import Run, lineage
from bench.methods import Cell, MethodError, methods, stage_for
from bench.profiles import ProfileError, profile, profile_names
from paper_tables.arguments import RESULTS
from paper_tables.measured import plan
from paper_tables.profiles import BANNERS
from paper_tables.records import read, results_path
from paper_tables.registry import tables
from supertickets.optimizers import learning_rate

pytestmark = pytest.mark.fast

PROPORTIONS = {
    "ImageNet": (10, 25, 350),
    "Cityscapes": (10, 25, 430),
    "ADE20K": (10, 15, 200),
    "COCO keypoints": (10, 15, 210),
}


@pytest.mark.parametrize("name", profile_names())
def test_every_cell_of_every_table_has_a_run_or_a_reason(name: str) -> None:
    chosen = profile(name)
    for table in tables().values():
        if not any({column.role, column.source or column.role} <= set(chosen.settings) for column in table.columns):
            with pytest.raises(ProfileError):
                plan(table, chosen, (0,))
            continue
        item = plan(table, chosen, (0,))
        trained = {column.at(row) for row, column in table.cells() if row.computed_by is not None}
        assert item.cells.keys() | item.unavailable.keys() == trained
        assert not item.cells.keys() & item.unavailable.keys()
        assert len({runs[0].id for runs in item.cells.values()}) == len(item.cells), "cells differ in what they run"
        for address, (run,) in item.cells.items():
            assert run.stage.sparsity == address.sparsity


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("role", list(PROPORTIONS))
def test_profiles_keep_the_proportions_of_the_paper(name: str, role: str) -> None:
    setting = profile(name).setting(role)
    given = setting.algorithm
    t_s, t_p, t_max = PROPORTIONS[role]
    scale = Fraction(given.epochs, t_max)
    assert given.search_interval == t_s * scale
    assert given.prune_interval == t_p * scale
    assert setting.retrain_epochs == 50 * scale
    assert setting.recipe.rho_warmup == 25 * scale


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
    recipe, optimization = setting.recipe, setting.recipe.optimization
    how = (optimization.optimizer, optimization.lr, optimization.eps, optimization.schedule, optimization.l2)
    assert (*how, recipe.batch_size, recipe.image_size, recipe.rho) == PAPER_RECIPES[role]
    assert (optimization.average_decay, optimization.div, setting.retrain_lr) == (0.9999, 25, 1)
    assert setting.supernet.tokens == 64, "the transformer path is on"
    assert (setting.algorithm.drop_threshold, setting.algorithm.recalibration_batches) == (1e-3, 10)
    pose = role == "COCO keypoints"
    assert (setting.supernet.bn_momentum, setting.supernet.bn_eps) == ((0.1, 1e-5) if pose else (0.01, 1e-3))
    assert setting.supernet.last_channels == {"ImageNet": 1600, "ADE20K": 180}.get(role, 90)


@pytest.mark.parametrize("name", [name for name in profile_names() if not profile(name).unavailable])
def test_runnable_profiles_fit_their_data(name: str) -> None:
    for role, setting in profile(name).settings.items():
        data = data_set(setting.data)
        assert data.role == role
        assert data.task == setting.task.name
        assert data.classes == setting.task.outputs == setting.supernet.outputs
        height, width = setting.recipe.image_size
        assert height % setting.supernet.stride == 0
        assert width % setting.supernet.stride == 0
        assert (setting.split, setting.evaluation) == ("train", "val"), "tables train on train and report on val"


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_has_its_name_and_banner(name: str) -> None:
    assert profile(name).name == name
    assert profile(name).banner == BANNERS[name]
    assert set(BANNERS) == set(profile_names())


@pytest.mark.parametrize("name", [name for name in profile_names() if not profile(name).unavailable])
def test_a_search_is_long_enough_for_a_unit_to_die(name: str) -> None:
    """A step of Adam is about a learning rate long, and a scale has to come all the way from 1 to 0."""
    for role, setting in profile(name).settings.items():
        recipe, epochs = setting.recipe, setting.algorithm.epochs
        assert recipe.optimization.optimizer in ("adam", "adamw")
        per_epoch = recipe.steps_per_epoch
        steps = epochs * per_epoch
        way = sum(learning_rate(recipe.optimization, step, steps, per_epoch) for step in range(steps))
        assert way > 1.05, role


@pytest.mark.parametrize("name", [name for name in profile_names() if not profile(name).unavailable])
def test_committed_results_are_of_experiments_as_they_are_described_now(name: str) -> None:
    """A setting that changes leaves results of another experiment behind: compute them again, or take them away."""
    stale = []
    for table in tables().values():
        path = results_path(RESULTS, name, table.file_name)
        if not path.is_file():
            continue
        described = {address: runs[0].id for address, runs in plan(table, profile(name), (0,)).cells.items()}
        measured = [record for record in read(path) if record.not_run is None and record.address in described]
        assert measured
        stale += [f"{path.name}: {r.address}" for r in measured if r.experiment_id != described[r.address]]
    assert stale == []


def test_search_then_prune_rows_share_one_search() -> None:
    cells = [Cell(profile("embedded").setting("Cityscapes"), sparsity) for sparsity in (50, 90)]
    keys = [key for key in methods() if key.startswith("sp_")]
    assert len({Run(next(lineage(stage_for(key, cell))), 0).id for key in keys for cell in cells}) == 1


def test_methods_are_what_their_names_say() -> None:
    cell = Cell(profile("embedded").setting("Cityscapes"), 70, profile("embedded").setting("COCO keypoints"))
    stages = {key: stage_for(key, cell) for key in methods()}
    assert all(stage.sparsity == 70 for stage in stages.values())
    assert all(stage.setting == cell.setting for stage in stages.values())
    assert isinstance(stages["sp_mag"], Prune)
    assert stages["sp_mag"].searched.algorithm.sparsity is None, "no masks while searching"
    assert stages["sp_mag_rt"] == Retrain(stages["sp_mag"])
    ticket = stages["pp_ir_s"]
    assert isinstance(ticket, Search)
    assert stages["pp_ir_s_rt"] == Retrain(ticket)
    rewinds = {"rr_init": "random", "lt_init": "initial", "elt_init": "early", "llt_init": "late"}
    assert {key: stages[key] for key in rewinds} == {key: Retrain(Rewind(ticket, to)) for key, to in rewinds.items()}  # type: ignore[arg-type]
    assert stages["st_rp"] == replace(ticket, algorithm=replace(ticket.algorithm, criterion="random"))
    for key, found in (("transfer_st", "pp_ir_s"), ("transfer_rp", "st_rp"), ("transfer_rr", "rr_init")):
        assert cell.source is not None
        there = stage_for(found, Cell(cell.source, 70))
        assert stages[key] == Transfer(there, cell.setting, head=stages[found]), "another task: its own head"
    switches = {}
    for key in ("two_in_one", "ir_s", "pp", "pp_ir_p", "pp_ir_s"):
        stage = stages[key]
        assert isinstance(stage, Search)
        switches[key] = (stage.algorithm.progressive, stage.algorithm.reactivation)
    assert switches == {
        "two_in_one": (False, "none"),
        "ir_s": (False, "search"),
        "pp": (True, "none"),
        "pp_ir_p": (True, "prune"),
        "pp_ir_s": (True, "search"),
    }


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(MethodError, match="two_in_one"):
        stage_for("magic", Cell(profile("embedded").setting("Cityscapes"), 90))
    with pytest.raises(MethodError, match="needs the setting it comes from"):
        stage_for("transfer_st", Cell(profile("embedded").setting("Cityscapes"), 90))
    with pytest.raises(ProfileError, match="embedded"):
        profile("huge")
    with pytest.raises(ProfileError, match="Cityscapes"):
        profile("embedded").setting("Moon")
    with pytest.raises(DataError, match="camvid"):
        data_set("cifar")
