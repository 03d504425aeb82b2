"""docs/DEVIATIONS.md and the code agree: options, defaults, other values, and what shows their effect."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from bench.readings import readings
from bench.settings import Problem, Retraining, Setting
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.task_transfer import TaskTransfer
from supertickets.evaluation import EvaluationProtocol
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.searching import Searching
from supertickets.supernet import SupernetConfig
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
KINDS = {
    kind.__name__: kind
    for kind in (
        TwoInOne, Searching, Pruning, Optimization, SupernetConfig, Augmentation, EvaluationProtocol, Retraining,
        Setting, Problem, Recipe, Pose, Classification, Segmentation, MaskTransfer, TaskTransfer,
    )
}  # fmt: skip
AGREED = {
    "TwoInOne": {"epochs", "prune_interval", "drop_threshold", "sparsity", "progressive", "reactivation"},
    "Pruning": {"criterion"},
    "Optimization": {"optimizer", "lr", "eps", "milestones", "l2"},
    "SupernetConfig": {
        "outputs", "head_kind", "stem", "kernels", "expansion", "last_channels", "branch_channels", "token_grid",
        "bn_momentum", "bn_eps",
    },
    "Augmentation": {"zoom", "flip", "photometric"},
    "Retraining": {"epochs"},
    "Setting": {"problem", "algorithm", "retraining", "searching", "pruning", "protocol", "evaluation_batch"},
    "Problem": {"data", "task", "architecture", "recipe"},
    "Recipe": {
        "image_size", "batch_size", "steps_per_epoch", "optimization", "augmentation", "rho", "rho_warmup",
    },
    "Pose": {"joints", "sigma"},
    "MaskTransfer": {"classifier", "on", "percent", "ranking"},
    "TaskTransfer": {"source", "start"},
    "Classification": {"classes", "label_smoothing"},
    "Segmentation": {"classes"},
}  # fmt: skip
"""No topics of their own: sizes, names, what only holds other options, numbers of which nobody says otherwise."""

OPTION = re.compile(r"`(?P<path>[A-Z]\w+(?:\.\w+)+)`(?:: (?P<values>`[^`]*`(?:, `[^`]*`)*))?")
Option = tuple[str, tuple[str, ...]]


@cache
def rows() -> tuple[tuple[str, ...], ...]:
    """The cells of every row of the table of options."""
    lines = (ROOT / "docs" / "DEVIATIONS.md").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line[:1] == "|")[2:]


def options() -> list[Option]:
    """Every option of the table with the values it lists, its default first."""
    found = (OPTION.finditer(row[4]) for row in rows())
    return [(match["path"], tuple(re.findall("`([^`]*)`", match["values"] or ""))) for row in found for match in row]


def default_of(kind: type, path: list[str]) -> tuple[Any, tuple[Any, ...]]:
    """The default of a field, reached through the default of the field that holds it, and the words of its type."""
    name, *rest = path
    (field,) = (field for field in fields(kind) if field.name == name)
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    if rest:
        return getattr(default, rest[0]), default_of(type(default), rest)[1]
    hint = get_type_hints(kind)[name]
    return default, get_args(hint) if get_origin(hint) is Literal else ()


def test_every_row_is_whole() -> None:
    assert len(rows()) > 20
    assert all(len(row) == 6 and all(row) for row in rows())


def test_every_option_has_a_row_or_is_agreed_on() -> None:
    listed = [".".join(path.split(".")[:2]) for path, _ in options()]
    assert len(set(listed)) == len(listed), "one row each"
    agreed = [f"{kind}.{name}" for kind, names in AGREED.items() for name in names]
    known = [f"{name}.{field.name}" for name, kind in KINDS.items() for field in fields(kind)]
    assert sorted([*listed, *agreed]) == sorted(known)


@pytest.mark.parametrize(("path", "values"), options(), ids=[path for path, _ in options()])
def test_defaults_and_other_values_are_as_listed(path: str, values: tuple[str, ...]) -> None:
    kind, *names = path.split(".")
    default, words = default_of(KINDS[kind], names)
    if isinstance(default, bool):
        words = (True, False)
    assert (values[0] == str(default)) if values else not words, "a choice lists its words, the default first"
    assert sorted(values[1:]) == sorted(str(word) for word in words if word != default)


def test_what_shows_an_effect_exists() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)\(", sources, re.MULTILINE))
    for topic, *_, seen in rows():
        tests = re.findall(r"`(test_\w+)`", seen)
        assert tests, topic
        assert set(tests) <= defined, topic
        assert set(re.findall(r"\*(\w+)\*", seen)) <= set(readings()), topic
    below = (ROOT / "docs" / "DEVIATIONS.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(test_\w+)`", below)) <= defined


def test_every_reading_is_seen_in_a_row() -> None:
    assert {name for row in rows() for name in re.findall(r"\*(\w+)\*", row[5])} == set(readings())
