"""Retraining a ticket where it was found, with its mask fixed."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Retraining, SettingError
from bench.steps.fixed_mask import train_with_fixed_mask


@dataclass(frozen=True)
class Retrain(Step):
    """The ticket of `ticket`, trained on with its mask fixed.

    Raises:
        SettingError: a ticket without a mask.
    """

    version = 1

    ticket: Step
    retraining: Retraining

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ticket.sparsity:
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
        return train_with_fixed_mask(context.ticket(self.ticket), self.problem, self.retraining, "retrain", context)
