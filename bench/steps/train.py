"""Training a dense net in which nothing is searched."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Problem, Retraining, SettingError
from bench.steps.fixed_mask import Validated, check_validated, train_with_fixed_mask
from supertickets.descriptions import Count, check_fields
from supertickets.ticket import Ticket


@dataclass(frozen=True)
class Train(Step):
    """A dense net, from fresh weights or from those of a step.

    Attributes:
        start: makes the net that training begins with; None for a fresh one.
        kept: states to rewind to, as (epoch, name).
        validated_on: split on which the loss is noted after every epoch; detectors only.

    Raises:
        SettingError: a start that is of another problem or has a mask, or a state after the last epoch.
    """

    version = 1

    on: Problem
    length: Count
    start: Step | None = None
    kept: tuple[tuple[Count, str], ...] = ()
    validated_on: Validated = None

    def __post_init__(self) -> None:
        check_fields(self, SettingError)
        check_validated(self.on, self.validated_on)
        if self.start is not None:
            if self.start.sparsity:
                raise SettingError(f"{self.start.name} has a mask: train it with Retrain")
            if self.start.problem != self.on:
                raise SettingError(f"{self.start.name} is on {self.start.problem.data}: start on {self.on.data} as is")
        if late := [epoch for epoch, _ in self.kept if epoch > self.length]:
            raise SettingError(f"a state is kept after epoch {late[0]} of {self.length}: choose an earlier one")

    @property
    def problem(self) -> Problem:
        return self.on

    @property
    def epochs(self) -> int:
        return self.length

    @property
    def sparsity(self) -> int:
        return 0

    @property
    def name(self) -> str:
        return "dense training"

    @property
    def parents(self) -> tuple[Step, ...]:
        return () if self.start is None else (self.start,)

    def compute(self, context: Context) -> Product:
        architecture = self.on.architecture
        if self.start is None:
            begun = Ticket.of(architecture, architecture.build(context.seed("initialisation")), {})
        else:
            begun = context.ticket(self.start)
        return train_with_fixed_mask(
            begun, self.on, Retraining(self.length), "train", context, dict(self.kept), self.validated_on
        )
