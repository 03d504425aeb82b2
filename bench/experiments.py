"""Runs as values: a frozen description per step, hashed to an id, seed apart."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeVar

import torch

from bench.settings import Problem, SettingError
from supertickets.batches import Batches
from supertickets.descriptions import Whole, check_fields
from supertickets.recipe import Recipe
from supertickets.samples import Samples
from supertickets.ticket import Ticket

SCHEMA = 3
"""Rises when the meaning of a description changes, so that old results are not taken for new ones."""

_Built = TypeVar("_Built", "Step", "Run")


class Step(ABC):
    """One step of an experiment as a value: a frozen dataclass that knows how it is computed.

    A kind of step is a file of `bench.steps`.

    Attributes:
        version: rises when what the step computes changes; it is part of the id of its results and of all that
            build on them. `tests/golden` fails when a result changes and the version does not.

    Raises:
        SettingError: a field out of range.
    """

    version: ClassVar[int]

    def __post_init__(self) -> None:
        check_fields(self, SettingError)

    @property
    def problem(self) -> Problem:
        """Data and recipe of this step: those of what it starts from, where it does not say otherwise."""
        return self.parents[0].problem

    @property
    def sparsity(self) -> int:
        """Target fraction of zeros in whole percent, 0 while nothing is pruned; as of what it starts from, as well."""
        return self.parents[0].sparsity

    @property
    @abstractmethod
    def name(self) -> str:
        """What it does, for people."""

    @cached_property
    def id(self) -> str:
        """`experiment_id`, worked out once: plans ask the same step for it hundreds of times."""
        return experiment_id(self)

    @cached_property
    def description(self) -> dict[str, Any]:
        """`describe`, worked out once: what a step builds on is described with every step that builds on it."""
        return _fields_of(self)

    @property
    def epochs(self) -> int:
        """Training epochs of this step alone."""
        return 0

    @property
    def parents(self) -> tuple[Step, ...]:
        """Steps whose tickets it starts from; the first is the one that it carries on."""
        return ()

    @abstractmethod
    def compute(self, context: Context) -> Product:
        """Carry the step out, resuming if it was begun before."""


@dataclass(frozen=True)
class Product:
    """What a step makes: plain numbers, and tickets by name; those that train a net call theirs `ticket`."""

    numbers: Mapping[str, Any] = field(default_factory=dict)
    tickets: Mapping[str, Ticket] = field(default_factory=dict)


class Context(Protocol):
    """What a step may ask for while it is computed."""

    @property
    def device(self) -> torch.device:
        """Where to compute."""

    def seed(self, purpose: str) -> int:
        """A seed that follows from the run's and from what it is for."""

    def samples(self, problem: Problem, split: str) -> Samples:
        """A split of the problem's data, at its image size."""

    def batches(self, problem: Problem, purpose: str, recipe: Recipe | None = None) -> Batches:
        """What the problem is trained on, by its own recipe or another, in the order of a purpose."""

    def ticket(self, parent: Step, name: str = "ticket") -> Ticket:
        """What a parent made with the same seed."""

    def numbers(self, parent: Step) -> Mapping[str, Any]:
        """What a parent measured, or noted while it trained, with the same seed."""

    def checkpoint(self) -> bytes | None:
        """The last state that `finished` was given for this run; None at its beginning."""

    def finished(self, epoch: int, state: bytes | None = None) -> None:
        """Report so many finished epochs, and keep the state to go on from."""


def lineage(of: _Built) -> Iterator[_Built]:
    """A step, or a run, and everything it builds on, oldest first; what two of them build on comes twice."""
    for parent in of.parents:
        yield from lineage(parent)
    yield of


def describe(value: Any) -> Any:
    """Plain JSON form of a description, without fields that equal their default; steps with their versions.

    Leaving defaults out keeps ids stable when a field is added later with a default that changes nothing.
    """
    if isinstance(value, Step):
        return value.description
    if is_dataclass(value) and not isinstance(value, type):
        return _fields_of(value)
    if isinstance(value, tuple | list):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 5 and 5.0 describe the same experiment
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} cannot be part of an experiment description")


def _fields_of(value: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": type(value).__name__}
    if isinstance(value, Step):
        plain["version"] = value.version
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


def experiment_id(step: Step) -> str:
    """12 hexadecimal digits of the sha256 of the canonical description; the seed is not part of it."""
    text = json.dumps({"schema": SCHEMA, "step": describe(step)}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Run:
    """One step with one seed: what a worker executes and the store keeps. Runs are equal when id and seed are.

    Raises:
        SettingError: a seed that is no whole number, or below 0.
    """

    step: Step = field(compare=False)
    seed: Whole
    id: str = field(init=False)

    def __post_init__(self) -> None:
        check_fields(self, SettingError)
        object.__setattr__(self, "id", self.step.id)

    @cached_property
    def parents(self) -> tuple[Run, ...]:
        """The runs whose tickets it starts from, of the same seed."""
        return tuple(Run(step, self.seed) for step in self.step.parents)

    @property
    def label(self) -> str:
        """For people: what, on which data, to which sparsity, which seed."""
        at = f" at {self.step.sparsity} %" if self.step.sparsity else ""
        return f"{self.step.name} on {self.step.problem.data}{at}, seed {self.seed}"
