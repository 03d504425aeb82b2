"""Retraining a ticket where it was found, with its mask fixed."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Retraining, SettingError
from bench.steps.fixed_mask import Validated, check_validated, train_with_fixed_mask
from bench.steps.reset import Reset


@dataclass(frozen=True)
class Retrain(Step):
    """The ticket of `ticket`, trained on with its mask fixed.

    Attributes:
        ticket: with a mask, or a dense net that was reset.
        validated_on: split on which the loss is noted after every epoch; detectors only.

    Raises:
        SettingError: a net without a mask that was not reset.
    """

    version = 1

    ticket: Step
    retraining: Retraining
    validated_on: Validated = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_validated(self.problem, self.validated_on)
        if not self.ticket.sparsity and not isinstance(self.ticket, Reset):
            raise SettingError("retraining needs a ticket with a mask; a search alone has none: prune it first")

    @property
    def epochs(self) -> int:
        return self.retraining.epochs

    @property
    def name(self) -> str:
        return f"retrain {self.ticket.name}"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.ticket,)

    def compute(self, context: Context) -> Product:
        return train_with_fixed_mask(
            context.ticket(self.ticket), self.problem, self.retraining, "retrain", context, None, self.validated_on
        )
