"""What scoring and counting share: a ticket is looked at, none is made."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

from bench.experiments import Step


@dataclass(frozen=True)
class Measuring(Step, ABC):
    """A step that measures the ticket of `of`."""

    verb: ClassVar[str]

    of: Step

    @property
    def name(self) -> str:
        return f"{self.verb} {self.of.name}"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.of,)
