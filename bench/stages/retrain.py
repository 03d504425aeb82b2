"""Retraining a ticket where it was found, with its mask fixed."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Product, Stage, Workplace
from bench.settings import Setting, SettingError
from bench.stages.fixed_mask import train_with_fixed_mask
from bench.stages.search import Search


@dataclass(frozen=True)
class Retrain(Stage):
    """The ticket of `ticket`, trained on with its mask fixed."""

    ticket: Stage

    def __post_init__(self) -> None:
        if isinstance(self.ticket, Search) and self.ticket.algorithm.sparsity is None:
            raise SettingError("retraining needs a ticket with a mask; a search alone has none: prune it first")

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
