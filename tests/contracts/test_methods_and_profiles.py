"""Every row of every table can be described at every scale, and the profiles keep the paper's proportions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bench.data import DataError, data_set
from bench.experiments import Prune, Retrain, Run, Search, lineage
from bench.methods import MethodError, methods, stage_for
from bench.profiles import ProfileError, profile, profile_names
from paper_tables.profiles import BANNERS
from paper_tables.registry import tables

pytestmark = pytest.mark.fast

PROPORTIONS = {"Cityscapes": (10, 25, 430), "COCO keypoints": (10, 15, 210)}
SPARSITY = {"Cityscapes": 90, "COCO keypoints": 80}


@pytest.mark.parametrize("name", profile_names())
def test_every_row_of_every_table_has_a_stage(name: str) -> None:
    chosen = profile(name)
    for table in tables().values():
        for role in table.roles:
            stages = {row.key: stage_for(row.recipe, chosen.setting(role.name)) for row in table.rows}
            ids = {Run(stage, 0).id for stage in stages.values()}
            assert len(ids) == len(table.rows), "rows differ in what they run"
            for stage in stages.values():
                assert stage.sparsity == round(100 * role.sparsity)


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
    assert given.sparsity == SPARSITY[role]


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


def test_every_profile_has_its_banner() -> None:
    assert set(profile_names()) == set(BANNERS)


def test_search_then_prune_rows_share_one_search() -> None:
    setting = profile("embedded").setting("Cityscapes")
    searches = {Run(next(lineage(methods()[key](setting))), 0).id for key in methods() if key.startswith("sp_")}
    assert len(searches) == 1


def test_methods_are_what_their_names_say() -> None:
    setting = profile("embedded").setting("Cityscapes")
    stages = {key: stage_for(key, setting) for key in methods()}
    assert isinstance(stages["sp_mag"], Prune)
    assert stages["sp_mag"].parent.algorithm.sparsity is None, "no masks while searching"
    assert isinstance(stages["sp_mag_rt"], Retrain)
    assert stages["sp_mag_rt"].parent == stages["sp_mag"]
    assert stages["pp_ir_s_rt"].parent == stages["pp_ir_s"]
    switches = {}
    for key in ("two_in_one", "pp", "pp_ir_p", "pp_ir_s"):
        stage = stages[key]
        assert isinstance(stage, Search)
        switches[key] = (stage.algorithm.progressive, stage.algorithm.reactivation)
    assert switches == {
        "two_in_one": (False, "none"),
        "pp": (True, "none"),
        "pp_ir_p": (True, "prune"),
        "pp_ir_s": (True, "search"),
    }


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(MethodError, match="two_in_one"):
        stage_for("magic", profile("embedded").setting("Cityscapes"))
    with pytest.raises(ProfileError, match="embedded"):
        profile("huge")
    with pytest.raises(ProfileError, match="Cityscapes"):
        profile("embedded").setting("ImageNet")
    with pytest.raises(DataError, match="camvid"):
        data_set("cifar")
