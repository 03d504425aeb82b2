"""Runs as values: a frozen description per stage, hashed to an id, seed apart."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import torch

from supertickets.choices import check_choices
from supertickets.supernet import SupernetConfig
from supertickets.tasks import Augmentation, Task
from supertickets.ticket import Ticket
from supertickets.training import Recipe
from supertickets.two_in_one import TwoInOne

SCHEMA = 2
"""Rises when the meaning of a description changes, so that old results are not taken for new ones."""


class SettingError(ValueError):
    """A setting that contradicts itself; the message names data set, field and remedy."""


@dataclass(frozen=True)
class Setting:
    """Everything the methods of a table share on one data set; the sparsity is a method's argument.

    Attributes:
        data: name of the data set.
        task: the task object, itself a value.
        algorithm: intervals of the profile, `sparsity` None; methods set sparsity and switches.
        retrain_epochs: length of a retraining with fixed mask.
        retrain_lr: peak learning rate of a retraining, as a share of the recipe's.
        gradient_batches: training batches over which gradient scores are accumulated.
        early, late: where the states for ELT-Init and LLT-Init are kept, as shares of the supernet's training.
        split: `train`; `train_minus_tune` while hyperparameters are chosen.
        evaluation: the reported split `val`; `tune` while hyperparameters are chosen.

    Raises:
        SettingError: fields that contradict each other.
    """

    data: str
    task: Task
    supernet: SupernetConfig
    recipe: Recipe
    algorithm: TwoInOne
    retrain_epochs: int
    retrain_lr: float = 1.0
    gradient_batches: int = 10
    early: float = 0.1
    late: float = 0.9
    split: Literal["train", "train_minus_tune"] = "train"
    evaluation: Literal["val", "tune"] = "val"
    evaluation_batch: int = 16

    def __post_init__(self) -> None:
        check_choices(self, SettingError)
        for name in ("retrain_epochs", "gradient_batches", "evaluation_batch"):
            if getattr(self, name) < 1:
                raise SettingError(f"{self.data}: {name} is {getattr(self, name)}: give a positive whole number")
        if self.retrain_lr <= 0:
            raise SettingError(f"{self.data}: retrain_lr is {self.retrain_lr}: give a positive share of the recipe's")
        if (self.split, self.evaluation) == ("train", "tune"):
            raise SettingError(f"{self.data}: tune is a part of train: train on train_minus_tune to evaluate on it")
        if self.algorithm.sparsity is not None:
            raise SettingError(
                f"{self.data}: algorithm.sparsity is {self.algorithm.sparsity}; a cell names it: leave None"
            )
        if not 0 < self.early < self.late <= 1:
            raise SettingError(
                f"{self.data}: early {self.early} and late {self.late} are shares, 0 < early < late <= 1"
            )
        if self.task.outputs != self.supernet.outputs:
            raise SettingError(
                f"{self.data}: {self.task.outputs} outputs in the task, {self.supernet.outputs} in the net"
            )
        if len(self.kept_states(self.algorithm.epochs)) < 2:
            raise SettingError(
                f"{self.data}: early {self.early} and late {self.late} are one epoch of {self.algorithm.epochs}"
            )
        chosen = {
            item.name for item in fields(Augmentation) if getattr(self.recipe.augmentation, item.name) != item.default
        }
        if useless := sorted(chosen - self.task.augmentations):
            raise SettingError(
                f"{self.data}: {self.task.name} has no augmentation {useless[0]!r}: leave it at its default"
            )

    def kept_states(self, epochs: int) -> dict[int, str]:
        """Epoch of `epochs` -> name of the state that is kept after it, for lottery-ticket rewinding."""
        return {max(1, round(share * epochs)): name for name, share in (("early", self.early), ("late", self.late))}


class Stage(ABC):
    """One step of an experiment as a value: a frozen dataclass that knows how it is computed.

    A kind of stage is a file of `bench.stages`; the code it imports is part of what makes its results stale.
    """

    @property
    @abstractmethod
    def setting(self) -> Setting:
        """Data and recipe of this step; its metrics are measured there."""

    @property
    @abstractmethod
    def sparsity(self) -> int:
        """Target fraction of zeros in whole percent; 0 while nothing is pruned."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What it does, for people."""

    @property
    def epochs(self) -> int:
        """Training epochs of this step alone."""
        return 0

    @property
    def parents(self) -> tuple[Stage, ...]:
        """Stages whose tickets it starts from."""
        return ()

    @abstractmethod
    def make(self, work: Workplace) -> Product:
        """Compute the step, resuming if it was begun before."""


@dataclass(frozen=True)
class Product:
    """What a stage makes: its ticket, one plain record per epoch, and further states of the ticket by name."""

    ticket: Ticket
    history: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, Ticket] = field(default_factory=dict)


class Workplace(Protocol):
    """What a stage may ask for while it is computed: seeds, data, its parents' tickets, its own last checkpoint."""

    @property
    def device(self) -> torch.device: ...
    def seed(self, purpose: str) -> int: ...
    def split(self) -> Any: ...
    def ticket(self, parent: Stage, state: str = "ticket") -> Ticket: ...
    def checkpoint(self) -> bytes | None: ...
    def finished(self, epoch: int, state: bytes | None = None) -> None: ...


def lineage(stage: Stage) -> Iterator[Stage]:
    """`stage` and everything it builds on, oldest first."""
    for parent in stage.parents:
        yield from lineage(parent)
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
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 5 and 5.0 describe the same experiment
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} cannot be part of an experiment description")


def experiment_id(stage: Stage) -> str:
    """12 hexadecimal digits of the sha256 of the canonical description; the seed is not part of it."""
    text = json.dumps({"schema": SCHEMA, "stage": describe(stage)}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Run:
    """One stage with one seed: what a worker executes and the store keeps. Runs are equal when id and seed are."""

    stage: Stage = field(compare=False)
    seed: int
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", experiment_id(self.stage))

    @cached_property
    def parents(self) -> tuple[Run, ...]:
        """The runs whose tickets it starts from, of the same seed."""
        return tuple(Run(stage, self.seed) for stage in self.stage.parents)

    @property
    def label(self) -> str:
        """For people: what, on which data, to which sparsity, which seed."""
        at = f" at {self.stage.sparsity} %" if self.stage.sparsity else ""
        return f"{self.stage.name} on {self.stage.setting.data}{at}, seed {self.seed}"
