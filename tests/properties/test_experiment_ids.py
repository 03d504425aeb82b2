"""Experiment ids: equal for equal experiments however they are written down, different for any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import MISSING, field, fields, is_dataclass, make_dataclass, replace
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from bench.stages.prune import Prune
from bench.stages.retrain import Retrain
from bench.stages.rewind import Rewind
from bench.stages.search import Search
from bench.stages.transfer import Transfer

from bench.experiments import SCHEMA, Run, Stage, describe, experiment_id, lineage
from bench.settings import Setting, SettingError
from supertickets.masks import MaskError
from supertickets.optimizers import Optimization
from supertickets.recipe import Recipe
from supertickets.supernet import Stage as BodyStage
from supertickets.supernet import SupernetConfig
from supertickets.tasks import Augmentation
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.ticket import TicketError
from supertickets.two_in_one import TwoInOne

pytestmark = pytest.mark.fast

SETTING = Setting(
    data="streets", task=Segmentation(5), supernet=SupernetConfig(outputs=5), recipe=Recipe((64, 128), 4, 10),
    algorithm=TwoInOne(epochs=430, sparsity=None), retrain_epochs=50,
)  # fmt: skip
OTHER = replace(SETTING, data="rooms")
POSE = replace(SETTING, data="people", task=Pose(5))
SEARCH = Search(SETTING, TwoInOne(epochs=430))
PRUNE = Prune(Search(SETTING, TwoInOne(epochs=430, sparsity=None)), 90, "gradient")


def test_frozen_ids() -> None:
    """A change here makes every stored result a stranger: raise SCHEMA and say why in the changelog."""
    assert SCHEMA == 2
    assert experiment_id(SEARCH) == "c5aa4f8de1fd"
    assert experiment_id(Retrain(PRUNE)) == "1c4aac9452ea"


def defaults(kind: type) -> dict[str, Any]:
    return {field.name: field.default for field in fields(kind) if field.default is not MISSING}


def test_frozen_defaults() -> None:
    """Defaults are left out of ids, so that changing one silently changes what old ids mean."""
    assert defaults(TwoInOne) == {
        "search_interval": 10, "prune_interval": 25, "drop_threshold": 0.001, "sparsity": 90, "progressive": True,
        "reactivation": "search", "criterion": "magnitude", "coincidence": "both",
        "reactivate_when": "every search", "rebuild_macs": 0, "stored_value": "kept", "counting": "exact",
        "correct_shift": False, "final_ticket": "last mask", "recalibration_batches": 10,
    }  # fmt: skip
    assert defaults(SupernetConfig) == {
        "head": "dense", "stem": (24, 24), "kernels": (3, 5, 7), "expansion": 4, "last_channels": 90,
        "branch_channels": (36, 72, 144, 320), "tokens": 64, "token_grid": 8, "bn_momentum": 0.01, "bn_eps": 0.001,
        "init": "kaiming",
        "stages": (
            BodyStage((1,), (24,)), BodyStage((2, 2), (18, 36)), BodyStage((2, 2, 3), (18, 36, 72)),
            BodyStage((2, 2, 3, 4), (18, 36, 72, 144)), BodyStage((2, 2, 3, 4), (18, 36, 72, 144)),
        ),
    }  # fmt: skip
    assert defaults(Optimization) == {
        "optimizer": "adamw", "lr": 0.04, "eps": 0.001, "schedule": "onecycle", "div": 25.0,
        "milestones": (170 / 210, 200 / 210), "l2": 1e-5, "average_decay": 0.0, "beta2": 0.999,
    }  # fmt: skip
    assert defaults(Augmentation) == {
        "zoom": (1.0, 1.0), "crop_scale": (1.0, 1.0), "rotation": 0.0, "flip": False, "photometric": 0.0,
    }  # fmt: skip
    assert defaults(Recipe) == {"rho": 0.0, "rho_warmup": 25.0}
    assert (Recipe((1, 1), 1, 1).optimization, Recipe((1, 1), 1, 1).augmentation) == (Optimization(), Augmentation())
    assert defaults(Pose) == {"sigma": 2.0, "decoding": "quarter"}
    assert defaults(Segmentation) == {}
    assert defaults(Setting) == {
        "early": 0.1, "late": 0.9, "retrain_lr": 1.0,
        "gradient_batches": 10, "split": "train", "evaluation": "val", "evaluation_batch": 16,
    }  # fmt: skip
    assert defaults(Prune) == {"criterion": "magnitude"}


REFUSED: set[str] = set()
"""Leaves that cannot be changed alone, because the setting would contradict itself."""


def other(value: Any, hint: Any) -> Any:
    """A valid value of the same type that differs from `value`."""
    if get_origin(hint) is Literal:
        return next(choice for choice in get_args(hint) if choice != value)
    if isinstance(hint, UnionType) or (get_origin(hint) is not tuple and get_args(hint)):
        return None if value is not None else 80
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 2  # odd kernels stay odd
    if isinstance(value, float):
        return value + 0.05  # shares stay below 1
    if isinstance(value, str):
        return value + "x"
    raise AssertionError(f"teach this test to change {value!r}")


def changed(value: Any, hint: Any = None) -> Iterator[tuple[str, Any]]:
    """`value` with one leaf changed, for every leaf: (path, changed value)."""
    if is_dataclass(value):
        hints = get_type_hints(type(value))
        for field in fields(value):
            for path, leaf in changed(getattr(value, field.name), hints[field.name]):
                try:
                    yield f"{field.name}.{path}", replace(value, **{field.name: leaf})  # type: ignore[type-var]
                except SettingError:
                    REFUSED.add(f"{field.name}.{path}".rstrip("."))
    elif isinstance(value, tuple):
        inner = get_args(hint)[0]
        for position, item in enumerate(value):
            for path, leaf in changed(item, inner):
                yield f"{position}.{path}", (*value[:position], leaf, *value[position + 1 :])
    else:
        yield "", other(value, hint)


def stages() -> Iterator[tuple[str, Stage]]:
    full = replace(
        SETTING,
        recipe=replace(
            SETTING.recipe, optimization=Optimization(milestones=(0.5, 0.6)), augmentation=Augmentation((0.5, 2.0))
        ),
    )
    search = Search(full, TwoInOne(epochs=430, sparsity=50))
    yield "as is", search
    yield from changed(search)
    prune = Prune(search, 50)
    yield from (("prune", prune), ("prune to 60", Prune(search, 60)), ("prune random", Prune(search, 50, "random")))
    yield from (("retrain", Retrain(search)), ("retrain pruned", Retrain(prune)))
    yield from ((f"rewind to {state}", Rewind(search, state)) for state in ("random", "initial", "early", "late"))
    yield "rewind another", Rewind(Search(full, TwoInOne(epochs=430, sparsity=60)), "early")
    yield "transfer", Transfer(search, OTHER)
    yield "transfer pruned", Transfer(prune, OTHER)
    yield "transfer between tasks", Transfer(search, POSE, head=Search(POSE, TwoInOne(epochs=430, sparsity=50)))


def test_every_field_is_part_of_the_id() -> None:
    ids: dict[str, str] = {}
    for path, stage in stages():
        identity = experiment_id(stage)
        assert identity not in ids, f"{path} and {ids[identity]} share an id"
        ids[identity] = path
    assert {"task.classes", "algorithm.sparsity", "evaluation", "supernet.outputs", "recipe.augmentation.crop_scale.0",
        "recipe.augmentation.crop_scale.1", "recipe.augmentation.rotation"} == REFUSED  # fmt: skip
    leaves = {path.rstrip(".") for path in ids.values()}
    assert len(ids) > 70
    assert {
        "on.data", "on.recipe.optimization.lr", "on.recipe.augmentation.zoom.1",
        "on.supernet.stages.3.blocks.2", "algorithm.stored_value", "on.early",
    } <= leaves  # fmt: skip


def test_explicit_defaults_change_nothing() -> None:
    algorithm = TwoInOne(**{"epochs": 430, **defaults(TwoInOne)})
    recipe = Recipe((64, 128), 4, 10, Optimization(**defaults(Optimization)), Augmentation(), **defaults(Recipe))
    supernet = SupernetConfig(**{**defaults(SupernetConfig), "outputs": 5})
    setting = Setting(
        "streets", Segmentation(5), supernet, recipe, replace(algorithm, sparsity=None), 50, **defaults(Setting)
    )
    assert experiment_id(Search(setting, algorithm)) == experiment_id(SEARCH)
    assert experiment_id(Prune(SEARCH, 90, "magnitude")) == experiment_id(Prune(SEARCH, 90))


def test_a_field_added_later_changes_no_id_at_its_default() -> None:
    old = make_dataclass("Kind", [("epochs", int)])
    later = [("rate", float, field(default=0.5)), ("sizes", tuple[int, ...], field(default_factory=lambda: (3, 5)))]
    new = make_dataclass("Kind", [("epochs", int), *later])
    assert experiment_id(old(4)) == experiment_id(new(4)) == experiment_id(new(4, 0.5, (3, 5)))
    assert len({experiment_id(kind) for kind in (new(4), new(5), new(4, 0.25), new(4, sizes=(5, 3)))}) == 4


def test_the_order_of_keys_changes_nothing() -> None:
    one, other = {"b": 1, "a": (2, 3)}, {"a": [2, 3], "b": 1}
    assert experiment_id(one) == experiment_id(other)  # type: ignore[arg-type]
    shuffled = dict(reversed(list(vars(SETTING).items())))
    assert experiment_id(Search(Setting(**shuffled), SEARCH.algorithm)) == experiment_id(SEARCH)


def test_the_id_is_the_start_of_a_hash_of_the_description() -> None:
    def sort(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: sort(value[key]) for key in sorted(value)}
        return [sort(item) for item in value] if isinstance(value, list) else value

    text = json.dumps(sort({"stage": describe(SEARCH), "schema": SCHEMA})).replace(", ", ",").replace(": ", ":")
    assert experiment_id(SEARCH) == hashlib.sha256(text.encode()).hexdigest()[:12]


def test_the_seed_is_no_part_of_the_id() -> None:
    runs = [Run(stage, seed) for seed in (0, 1, 7) for stage in (SEARCH, PRUNE)]
    assert {run.id for run in runs} == {experiment_id(SEARCH), experiment_id(PRUNE)}
    assert len(set(runs)) == len(runs), "runs of different seeds are different runs"
    assert all("seed" not in json.dumps(describe(stage)) for stage in (SEARCH, PRUNE))


def test_what_a_stage_builds_on() -> None:
    retrain = Retrain(PRUNE)
    search = PRUNE.searched
    assert list(lineage(retrain)) == [search, PRUNE, retrain]
    assert Run(retrain, 3).parents == (Run(PRUNE, 3),)
    assert Run(PRUNE, 3).parents == (Run(search, 3),) and Run(search, 3).parents == ()
    assert (retrain.sparsity, retrain.epochs, PRUNE.epochs, SEARCH.epochs, search.sparsity) == (90, 50, 0, 430, 0)
    head = Search(POSE, SEARCH.algorithm)
    joined = Transfer(Retrain(Rewind(SEARCH, "random")), POSE, head)
    assert joined.parents == (joined.source, head)
    assert set(lineage(joined)) == {SEARCH, Rewind(SEARCH, "random"), joined.source, head, joined}
    assert (joined.setting, joined.sparsity, joined.epochs) == (POSE, 90, 50)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replace(SETTING, algorithm=TwoInOne(epochs=430)), r"streets: algorithm\.sparsity is 90"),
        (lambda: replace(SETTING, early=0.9, late=0.5), r"0 < early < late <= 1"),
        (lambda: replace(SETTING, task=Segmentation(4)), "4 outputs in the task, 5 in the net"),
        (
            lambda: replace(SETTING, recipe=replace(SETTING.recipe, augmentation=Augmentation(rotation=3.0))),
            "segmentation has no augmentation 'rotation'",
        ),
        (lambda: Rewind(PRUNE.searched, "early"), "has no mask"),
        (lambda: Rewind(SEARCH, "noon"), "to is 'noon': choose 'random', 'initial', 'early', 'late'"),  # type: ignore[arg-type]
        (lambda: Prune(SEARCH, 90, "magnitud"), "criterion is 'magnitud': choose 'random', 'magnitude', 'gradient'"),  # type: ignore[arg-type]
        (lambda: replace(SETTING, evaluation="test"), "evaluation is 'test': choose 'val', 'tune'"),  # type: ignore[arg-type]
        (lambda: replace(SETTING, evaluation="tune"), "tune is a part of train: train on train_minus_tune"),
        (lambda: replace(SETTING, retrain_epochs=0), "retrain_epochs is 0: give a positive whole number"),
        (lambda: replace(SETTING, gradient_batches=-1), "gradient_batches is -1: give a positive"),
        (lambda: replace(SETTING, evaluation_batch=0), "evaluation_batch is 0: give a positive"),
        (lambda: replace(SETTING, retrain_lr=0.0), "retrain_lr is 0.0: give a positive share"),
        (lambda: replace(SETTING, early=0.501, late=0.5011), "early 0.501 and late 0.5011 are one epoch of 430"),
        (lambda: Retrain(PRUNE.searched), "a search alone has none: prune it first"),
        (lambda: Rewind(Search(SETTING, TwoInOne(epochs=430, final_ticket="last pruning")), "early"), "last mask"),
        (lambda: Transfer(SEARCH, SETTING), "to itself"),
        (lambda: Transfer(SEARCH, POSE), "name the ticket that gives the head"),
        (lambda: Transfer(SEARCH, OTHER, head=SEARCH), "the head stays, give none"),
        (lambda: Transfer(SEARCH, POSE, head=SEARCH), "head of streets at 90 %: give that of a ticket found on"),
        (
            lambda: Transfer(SEARCH, POSE, head=Search(POSE, replace(SEARCH.algorithm, sparsity=80))),
            "at 80 %: give that of a ticket found on .* at 90 %",
        ),
        (
            lambda: Transfer(
                SEARCH, replace(POSE, supernet=replace(POSE.supernet, expansion=3)),
                Search(replace(POSE, supernet=replace(POSE.supernet, expansion=3)), SEARCH.algorithm),
            ),
            "cannot transfer: expansion is 4 in the source's supernet, 3 in the target's",
        ),
    ],
)  # fmt: skip
def test_descriptions_that_make_no_sense_are_refused(make: Any, message: str) -> None:
    with pytest.raises((SettingError, TicketError), match=message):
        make()


@pytest.mark.parametrize(
    ("epochs", "early", "late", "kept"),
    [
        (430, 0.1, 0.9, {43: "early", 387: "late"}),
        (86, 0.1, 0.9, {9: "early", 77: "late"}),
        (4, 0.1, 0.9, {1: "early", 4: "late"}),
        (100, 0.001, 0.25, {1: "early", 25: "late"}),
    ],
)
def test_states_to_rewind_to_are_kept_early_and_late(
    epochs: int, early: float, late: float, kept: dict[int, str]
) -> None:
    """Of the supernet's training that really takes place, and of none without masks."""
    setting = replace(SETTING, early=early, late=late)
    algorithm = replace(SEARCH.algorithm, epochs=epochs, prune_interval=1, progressive=False)
    assert Search(setting, algorithm).kept == kept
    assert Search(setting, replace(algorithm, sparsity=None)).kept == {}


def test_equal_numbers_are_equal_experiments() -> None:
    whole = replace(SETTING, recipe=replace(SETTING.recipe, rho_warmup=5))
    assert experiment_id(Search(whole, SEARCH.algorithm)) == experiment_id(
        Search(replace(whole, recipe=replace(whole.recipe, rho_warmup=5.0)), SEARCH.algorithm)
    )


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be part of an experiment description"):
        describe(object())
    with pytest.raises(MaskError, match=r"sparsity 0\.9"):
        Prune(SEARCH, 0.9)  # type: ignore[arg-type]
