"""Runs as values: a frozen description per stage, hashed to an id, seed apart."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import Any, Protocol

import torch

from bench.settings import Setting
from supertickets.ticket import Ticket

SCHEMA = 2
"""Rises when the meaning of a description changes, so that old results are not taken for new ones."""


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
