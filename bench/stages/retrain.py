"""Retraining a ticket where it was found, with its mask fixed."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Product, Setting, Stage, Workplace
from bench.stages.fixed_mask import train_with_fixed_mask


@dataclass(frozen=True)
class Retrain(Stage):
    """The ticket of `ticket`, trained on with its mask fixed."""

    ticket: Stage

    @property
    def setting(self) -> Setting:
        return self.ticket.setting

    @property
    def epochs(self) -> int:
        return self.setting.retrain_epochs

    @property
    def sparsity(self) -> int:
        return self.ticket.sparsity

    @property
    def name(self) -> str:
        return f"retrain {self.ticket.name}"

    @property
    def parents(self) -> tuple[Stage, ...]:
        return (self.ticket,)

    def make(self, work: Workplace) -> Product:
        return train_with_fixed_mask(work.ticket(self.ticket), self.setting, "retrain", work)
