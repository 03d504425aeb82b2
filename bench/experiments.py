"""Runs as values: a frozen description per stage, hashed to an id, seed apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Literal

from supertickets.criteria import Criterion
from supertickets.masks import check_sparsity
from supertickets.supernet import SupernetConfig
from supertickets.tasks.heatmaps import Decoding
from supertickets.training import Recipe
from supertickets.two_in_one import TwoInOne

SCHEMA = 1
"""Rises when the meaning of a description changes, so that old results are not taken for new ones."""


@dataclass(frozen=True)
class TaskConfig:
    """Which task, with its own options; `sigma` and `decoding` belong to pose."""

    name: Literal["segmentation", "pose"]
    outputs: int
    sigma: float = 2.0
    decoding: Decoding = "quarter"


@dataclass(frozen=True)
class Setting:
    """Everything the rows of a table share on one data set.

    Attributes:
        data: name of the data set.
        algorithm: intervals and sparsity of the profile; rows change its switches.
        retrain_epochs: length of a retraining with fixed mask.
        retrain_lr: peak learning rate of a retraining, as a share of the recipe's.
        gradient_batches: training batches over which gradient scores are accumulated.
        split: `train`; `train_minus_tune` while hyperparameters are chosen.
        evaluation: the reported split `val`; `tune` while hyperparameters are chosen.
    """

    data: str
    task: TaskConfig
    supernet: SupernetConfig
    recipe: Recipe
    algorithm: TwoInOne
    retrain_epochs: int
    retrain_lr: float = 1.0
    gradient_batches: int = 10
    split: Literal["train", "train_minus_tune"] = "train"
    evaluation: Literal["val", "tune"] = "val"
    evaluation_batch: int = 16


@dataclass(frozen=True)
class Search:
    """Supernet training with search; with `algorithm.sparsity` set it is two-in-one, with None search alone."""

    kind: ClassVar[str] = "search"
    setting: Setting
    algorithm: TwoInOne

    @property
    def epochs(self) -> int:
        return self.algorithm.epochs

    @property
    def sparsity(self) -> int:
        return self.algorithm.sparsity or 0


@dataclass(frozen=True)
class Prune:
    """One-shot pruning of a searched net: the second half of search-then-prune."""

    kind: ClassVar[str] = "prune"
    parent: Search
    sparsity: int
    criterion: Criterion = "magnitude"

    def __post_init__(self) -> None:
        check_sparsity(self.sparsity)

    epochs: ClassVar[int] = 0

    @property
    def setting(self) -> Setting:
        return self.parent.setting


@dataclass(frozen=True)
class Retrain:
    """Training a ticket on with its mask fixed."""

    kind: ClassVar[str] = "retrain"
    parent: Search | Prune

    @property
    def setting(self) -> Setting:
        return self.parent.setting

    @property
    def epochs(self) -> int:
        return self.setting.retrain_epochs

    @property
    def sparsity(self) -> int:
        return self.parent.sparsity


Stage = Search | Prune | Retrain


def lineage(stage: Stage) -> Iterator[Stage]:
    """`stage` and everything it builds on, oldest first."""
    if isinstance(stage, Prune | Retrain):
        yield from lineage(stage.parent)
    yield stage


def describe(value: Any) -> Any:
    """Plain JSON form of a description, without fields that equal their default.

    Leaving defaults out keeps ids stable when a field is added later with a default that changes nothing.
    """
    if is_dataclass(value) and not isinstance(value, type):
        plain: dict[str, Any] = {"type": type(value).__name__}
        for item in fields(value):
            content = getattr(value, item.name)
            if item.default is not MISSING:
                default = item.default
            elif item.default_factory is not MISSING:
                default = item.default_factory()
            else:
                default = MISSING
            if default is MISSING or content != default:
                plain[item.name] = describe(content)
        return plain
    if isinstance(value, tuple | list):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {str(key): describe(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} cannot be part of an experiment description")


def experiment_id(stage: Stage) -> str:
    """12 hexadecimal digits of the sha256 of the canonical description; the seed is not part of it."""
    text = json.dumps({"schema": SCHEMA, "stage": describe(stage)}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Run:
    """One stage with one seed: what a worker executes and the store keeps."""

    stage: Stage
    seed: int
    id: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", experiment_id(self.stage))

    @property
    def parent(self) -> Run | None:
        return Run(self.stage.parent, self.seed) if isinstance(self.stage, Prune | Retrain) else None

    @property
    def label(self) -> str:
        """For people: what, on which data, to which sparsity, which seed."""
        stage = self.stage
        what = stage.kind
        if isinstance(stage, Search) and stage.algorithm.sparsity is not None:
            switches = ["PP"] * stage.algorithm.progressive
            switches += {"search": ["IR-S"], "prune": ["IR-P"], "none": []}[stage.algorithm.reactivation]
            what = "+".join(["two-in-one", *switches])
        if isinstance(stage, Prune):
            what = f"prune ({stage.criterion})"
        if isinstance(stage, Retrain):
            what = f"retrain {Run(stage.parent, self.seed).label.split(' on ')[0]}"
        at = f" at {stage.sparsity} %" if stage.sparsity else ""
        return f"{what} on {stage.setting.data}{at}, seed {self.seed}"
