"""Experiment ids: equal for equal experiments however they are written down, different for any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import field, fields, is_dataclass, make_dataclass, replace
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from bench.experiments import SCHEMA, Run, Step, describe, experiment_id, lineage
from bench.settings import Problem, Retraining, Setting, SettingError
from bench.steps.count import Count
from bench.steps.evaluate import Evaluate
from bench.steps.prune import Prune
from bench.steps.retrain import Retrain
from bench.steps.rewind import Rewind
from bench.steps.search import Search
from bench.steps.transfer import Transfer
from supertickets.architecture import ArchitectureError
from supertickets.criteria import CriterionError
from supertickets.descriptions import DescriptionError
from supertickets.evaluation import EvaluationError, EvaluationProtocol
from supertickets.masks import MaskError
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.searching import Searching
from supertickets.supernet import SupernetConfig
from supertickets.tasks import Augmentation
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne
from tests.described import defaults

pytestmark = pytest.mark.fast

PROBLEM = Problem("streets", Segmentation(5), SupernetConfig(outputs=5), Recipe((64, 128), 4, 10))
ROOMS = replace(PROBLEM, data="rooms")
POSE = replace(PROBLEM, data="people", task=Pose(5))
RETRAINING = Retraining(50)
SETTING = Setting(PROBLEM, TwoInOne(epochs=430, sparsity=None), RETRAINING)
SEARCH = Search(PROBLEM, TwoInOne(epochs=430))
DENSE = Search(PROBLEM, TwoInOne(epochs=430, sparsity=None))
PRUNE = Prune(DENSE, 90, Pruning(criterion="gradient"))


def test_frozen_ids() -> None:
    """A change here makes every stored result a stranger: raise SCHEMA and say why in the changelog."""
    assert SCHEMA == 3
    assert experiment_id(SEARCH) == "934885e78b83"
    assert experiment_id(Evaluate(Retrain(PRUNE, RETRAINING), EvaluationProtocol())) == "3c6dc03dbc46"


REFUSED: set[str] = set()
"""Leaves that cannot be changed alone, because the description would contradict itself."""

CONTRADICTIONS = (ArchitectureError, CriterionError, DescriptionError, SettingError)


def others(value: Any, hint: Any) -> Iterator[Any]:
    """Valid values of the same type that differ from `value`."""
    if get_origin(hint) is Literal:
        yield next(choice for choice in get_args(hint) if choice != value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 2  # odd kernels stay odd
    elif isinstance(value, float):
        yield value + 0.05 if not 0.95 <= value < 1 else value - 0.05  # shares stay below 1
    elif isinstance(value, str):
        yield value + "x"
    else:
        raise AssertionError(f"teach this test to change {value!r}")


def changed(value: Any, hint: Any = None) -> Iterator[tuple[str, Any]]:
    """`value` with one leaf changed, for every leaf: (path, changed value)."""
    if value is None:
        return  # what else it could be is tried where it is something
    if isinstance(hint, UnionType):
        yield "", None
        hint = get_args(hint)[0]
    if is_dataclass(value):
        hints = get_type_hints(type(value))
        for item in fields(value):
            for path, leaf in changed(getattr(value, item.name), hints[item.name]):
                try:
                    yield f"{item.name}.{path}", replace(value, **{item.name: leaf})  # type: ignore[type-var]
                except CONTRADICTIONS:
                    REFUSED.add(f"{item.name}.{path}".rstrip("."))
    elif isinstance(value, tuple):
        inner = get_args(hint)[0]
        for position, item in enumerate(value):
            for path, leaf in changed(item, inner):
                yield f"{position}.{path}", (*value[:position], leaf, *value[position + 1 :])
    else:
        yield from (("", leaf) for leaf in others(value, hint))


FULL = Search(
    replace(
        PROBLEM,
        recipe=replace(
            PROBLEM.recipe, optimization=Optimization(milestones=(0.5, 0.6)), augmentation=Augmentation((0.5, 2.0))
        ),
    ),
    TwoInOne(epochs=430, sparsity=50), Searching(cost_size=(224, 224)), Pruning(), ((43, "early"),),
)  # fmt: skip
"""Nothing in it is empty, so that everything can be changed."""


def steps() -> Iterator[tuple[str, Step]]:
    yield "search", FULL
    yield from changed(FULL)
    prune = Prune(FULL, 50, Pruning())
    others = Transfer(FULL, ROOMS, RETRAINING)
    for step in (prune, Retrain(FULL, RETRAINING), others, Evaluate(FULL, EvaluationProtocol()), Count(FULL)):
        name = type(step).__name__.lower()
        yield name, step
        yield from ((f"{name}: {path}", other) for path, other in changed(step))
    yield from ((f"rewind to {state}", Rewind(FULL, state)) for state in ("random", "initial", "early", "late"))
    yield "rewind another", Rewind(replace(FULL, algorithm=TwoInOne(epochs=430, sparsity=60)), "early")
    yield from ((f"prune by {name}", Prune(FULL, 50, Pruning(criterion=name))) for name in ("random", "gradient"))
    yield from (("retrain pruned", Retrain(prune, RETRAINING)), ("transfer pruned", replace(others, source=prune)))
    yield "transfer between tasks", Transfer(SEARCH, POSE, RETRAINING, Search(POSE, SEARCH.algorithm))
    yield "score pruned", Evaluate(prune, EvaluationProtocol())


def test_every_field_is_part_of_the_id() -> None:
    ids: dict[str, str] = {}
    for path, step in steps():
        identity = experiment_id(step)
        assert identity not in ids, f"{path} and {ids[identity]} share an id"
        ids[identity] = path
    assert {
        "architecture.outputs", "task.classes", "criterion", "recipe.augmentation.half_body",
        "recipe.augmentation.rotation", "recipe.augmentation.scale", "on.architecture.head_kind",
        "source.on.architecture.head_kind", "ticket.algorithm.sparsity", "zoom.0",
    } == REFUSED  # fmt: skip
    leaves = {path.rstrip(".") for path in ids.values()}
    assert len(ids) > 400
    assert {
        "on.data", "on.split", "on.recipe.optimization.lr", "on.recipe.augmentation.zoom.1",
        "on.architecture.stages.3.blocks.2", "algorithm.sparsity", "searching.cost_size", "searching.cost_size.1",
        "searching.counter",
        "pruning.stored_value", "kept.0.0", "kept.0.1", "prune: pruning.gradient_batches", "prune: percent",
        "retrain: retraining.lr", "transfer: on.architecture.bn_eps", "transfer: source.on.split",
        "evaluate: protocol.batch_norm", "evaluate: split", "count: of.algorithm.drop_threshold",
    } <= leaves  # fmt: skip


def test_a_raised_version_changes_the_step_and_all_that_builds_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def chain() -> list[str]:
        pruned = replace(PRUNE)
        retrain = Retrain(pruned, RETRAINING)
        return [step.id for step in (PRUNE.searched, pruned, retrain, Count(retrain))]

    before = chain()
    monkeypatch.setattr(Prune, "version", Prune.version + 1)
    same = [old == now for old, now in zip(before, chain(), strict=True)]
    assert same == [True, False, False, False]


def test_explicit_defaults_change_nothing() -> None:
    algorithm = TwoInOne(**{"epochs": 430, **defaults(TwoInOne)})
    recipe = Recipe(
        **{
            "image_size": (64, 128), "batch_size": 4, "steps_per_epoch": 10, **defaults(Recipe),
            "optimization": Optimization(**defaults(Optimization)), "augmentation": Augmentation(),
        }
    )  # fmt: skip
    supernet = SupernetConfig(**{"outputs": 5, **defaults(SupernetConfig)})
    problem = Problem("streets", Segmentation(5), supernet, recipe, **defaults(Problem))
    assert experiment_id(Search(problem, algorithm, **defaults(Search))) == experiment_id(SEARCH)
    spelled = Search(problem, algorithm, Searching(**defaults(Searching)), Pruning(**defaults(Pruning)), ())
    assert experiment_id(spelled) == experiment_id(SEARCH)
    protocol = EvaluationProtocol(**defaults(EvaluationProtocol))
    scored = Evaluate(SEARCH, protocol, **defaults(Evaluate))
    assert experiment_id(scored) == experiment_id(Evaluate(SEARCH, EvaluationProtocol()))


def test_a_field_added_later_changes_no_id_at_its_default() -> None:
    old = make_dataclass("Kind", [("epochs", int)])
    later = [("rate", float, field(default=0.5)), ("sizes", tuple[int, ...], field(default_factory=lambda: (3, 5)))]
    new = make_dataclass("Kind", [("epochs", int), *later])
    assert experiment_id(old(4)) == experiment_id(new(4)) == experiment_id(new(4, 0.5, (3, 5)))
    assert len({experiment_id(kind) for kind in (new(4), new(5), new(4, 0.25), new(4, sizes=(5, 3)))}) == 4


def test_the_order_of_keys_changes_nothing() -> None:
    one, other = {"b": 1, "a": (2, 3)}, {"a": [2, 3], "b": 1}
    assert experiment_id(one) == experiment_id(other)  # type: ignore[arg-type]
    shuffled = dict(reversed(list(vars(PROBLEM).items())))
    assert experiment_id(Search(Problem(**shuffled), SEARCH.algorithm)) == experiment_id(SEARCH)


def test_the_id_is_the_start_of_a_hash_of_the_description() -> None:
    def sort(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: sort(value[key]) for key in sorted(value)}
        return [sort(item) for item in value] if isinstance(value, list) else value

    text = json.dumps(sort({"step": describe(SEARCH), "schema": SCHEMA})).replace(", ", ",").replace(": ", ":")
    assert experiment_id(SEARCH) == hashlib.sha256(text.encode()).hexdigest()[:12]


def test_the_seed_is_no_part_of_the_id() -> None:
    runs = [Run(step, seed) for seed in (0, 1, 7) for step in (SEARCH, PRUNE)]
    assert {run.id for run in runs} == {experiment_id(SEARCH), experiment_id(PRUNE)}
    assert len(set(runs)) == len(runs), "runs of different seeds are different runs"
    assert all("seed" not in json.dumps(describe(step)) for step in (SEARCH, PRUNE))


def test_what_a_step_builds_on() -> None:
    retrain = Retrain(PRUNE, RETRAINING)
    search = PRUNE.searched
    assert list(lineage(retrain)) == [search, PRUNE, retrain]
    assert Run(retrain, 3).parents == (Run(PRUNE, 3),)
    assert Run(PRUNE, 3).parents == (Run(search, 3),) and Run(search, 3).parents == ()
    assert (retrain.sparsity, retrain.epochs, PRUNE.epochs, SEARCH.epochs, search.sparsity) == (90, 50, 0, 430, 0)
    head = Search(POSE, SEARCH.algorithm)
    joined = Transfer(Retrain(Rewind(SEARCH, "random"), RETRAINING), POSE, RETRAINING, head)
    assert joined.parents == (joined.source, head)
    assert set(lineage(joined)) == {SEARCH, Rewind(SEARCH, "random"), joined.source, head, joined}
    assert (joined.problem, joined.sparsity, joined.epochs) == (POSE, 90, 50)
    for measured in (Evaluate(joined, EvaluationProtocol()), Count(joined)):
        assert measured.parents == (joined,)
        assert (measured.problem, measured.sparsity, measured.epochs) == (POSE, 90, 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replace(SETTING, algorithm=TwoInOne(epochs=430)), r"streets: algorithm\.sparsity is 90"),
        (lambda: replace(SETTING, early=0.9, late=0.5), r"0 < early < late <= 1"),
        (lambda: replace(PROBLEM, task=Segmentation(4)), "streets: 4 outputs in the task, 5 in the net"),
        (
            lambda: replace(PROBLEM, recipe=replace(PROBLEM.recipe, augmentation=Augmentation(rotation=3.0))),
            "streets: segmentation has no augmentation 'rotation'",
        ),
        (lambda: replace(PROBLEM, split="val"), "Problem.split is 'val': choose 'train', 'train_minus_tune'"),  # type: ignore[arg-type]
        (lambda: Rewind(DENSE, "early"), "has no mask"),
        (lambda: Rewind(SEARCH, "noon"), "Rewind.to is 'noon': choose 'random', 'initial', 'early', 'late'"),  # type: ignore[arg-type]
        (lambda: Pruning(criterion="magnitud"), "criterion is 'magnitud': choose gradient, magnitude, random"),
        (lambda: Pruning(gradient_batches=-1), "Pruning.gradient_batches is -1: give a positive"),
        (lambda: Searching(recalibration_batches=0), "Searching.recalibration_batches is 0: give a positive"),
        (lambda: Searching(rebuild_macs=-1), "Searching.rebuild_macs is -1: give 0 or a positive"),
        (lambda: EvaluationProtocol(batches=0), "EvaluationProtocol.batches is 0: give a positive"),
        (lambda: EvaluationProtocol("fresh"), "EvaluationProtocol.batch_norm is 'fresh': choose 're-estimated'"),  # type: ignore[arg-type]
        (lambda: replace(SETTING, evaluation="test"), "Setting.evaluation is 'test': choose 'val', 'tune'"),  # type: ignore[arg-type]
        (lambda: replace(SETTING, evaluation="tune"), "tune is a part of train: train on train_minus_tune"),
        (lambda: replace(SETTING, evaluation_batch=0), "Setting.evaluation_batch is 0: give a positive"),
        (lambda: Retraining(0), "Retraining.epochs is 0: give a positive whole number"),
        (lambda: Retraining(2**31), "epochs is 2147483648: give a positive whole number below 2"),
        (lambda: Retraining(10**400), r"epochs is 1000.*: give a positive whole number below 2"),
        (lambda: Retraining(50, lr=0.0), r"Retraining\.lr is 0\.0: give a positive number"),
        (lambda: replace(SETTING, early=0.501, late=0.5011), "early 0.501 and late 0.5011 are one epoch of 430"),
        (lambda: Retrain(DENSE, RETRAINING), "a search alone has none: prune it first"),
        (lambda: Rewind(Search(PROBLEM, TwoInOne(epochs=430, final_ticket="last pruning")), "early"), "last mask"),
        (lambda: Transfer(SEARCH, PROBLEM, RETRAINING), "to itself"),
        (lambda: Transfer(SEARCH, POSE, RETRAINING), "name the ticket that gives the head"),
        (lambda: Transfer(SEARCH, ROOMS, RETRAINING, SEARCH), "the head stays, give none"),
        (lambda: Transfer(SEARCH, POSE, RETRAINING, SEARCH), "head of streets at 90 %: give that of a ticket found on"),
        (
            lambda: Transfer(SEARCH, POSE, RETRAINING, Search(POSE, replace(SEARCH.algorithm, sparsity=80))),
            "at 80 %: give that of a ticket found on .* at 90 %",
        ),
        (
            lambda: Transfer(
                SEARCH, larger := replace(POSE, architecture=replace(POSE.architecture, expansion=3)), RETRAINING,
                Search(larger, SEARCH.algorithm),
            ),
            "cannot transfer: expansion is 4 in the source, 3 in the target",
        ),
    ],
)  # fmt: skip
def test_descriptions_that_make_no_sense_are_refused(make: Any, message: str) -> None:
    with pytest.raises((*CONTRADICTIONS, EvaluationError, MaskError), match=message):
        make()


@pytest.mark.parametrize(
    ("epochs", "early", "late", "kept"),
    [
        (430, 0.1, 0.9, ((43, "early"), (387, "late"))),
        (86, 0.1, 0.9, ((9, "early"), (77, "late"))),
        (4, 0.1, 0.9, ((1, "early"), (4, "late"))),
        (100, 0.001, 0.25, ((1, "early"), (25, "late"))),
    ],
)
def test_states_to_rewind_to_are_kept_early_and_late(
    epochs: int, early: float, late: float, kept: tuple[tuple[int, str], ...]
) -> None:
    setting = replace(SETTING, algorithm=TwoInOne(epochs=epochs, sparsity=None), early=early, late=late)
    assert setting.kept_states == kept


def test_equal_numbers_are_equal_experiments() -> None:
    whole, real = (replace(PROBLEM, recipe=replace(PROBLEM.recipe, rho_warmup=value)) for value in (5, 5.0))
    assert experiment_id(Search(whole, SEARCH.algorithm)) == experiment_id(Search(real, SEARCH.algorithm))


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be part of an experiment description"):
        describe(object())
    with pytest.raises(MaskError, match=r"sparsity 0\.9"):
        Prune(SEARCH, 0.9, Pruning())  # type: ignore[arg-type]
