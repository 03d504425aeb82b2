"""A ticket's architecture and mask with other weights: random ones, or its own of an earlier moment (Tab. 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.experiments import Product, Stage, Workplace
from bench.settings import Setting, SettingError
from bench.stages.search import Search
from supertickets.choices import check_choices
from supertickets.lottery import reinitialised, rewound

State = Literal["random", "initial", "early", "late"]


@dataclass(frozen=True)
class Rewind(Stage):
    """The ticket of `found` with fresh weights (RR-Init) or those it had initially, early or late (LT, ELT, LLT)."""

    found: Search
    to: State

    def __post_init__(self) -> None:
        check_choices(self, SettingError)
        if self.found.algorithm.sparsity is None:
            raise SettingError("rewinding needs a ticket of two-in-one training; a search alone has no mask")
        if self.found.algorithm.final_ticket != "last mask":
            raise SettingError("rewinding needs final_ticket='last mask': other states have the final architecture")

    @property
    def setting(self) -> Setting:
        return self.found.setting

    @property
    def sparsity(self) -> int:
        return self.found.sparsity

    @property
    def name(self) -> str:
        return f"{self.found.name} rewound to {self.to}"

    @property
    def parents(self) -> tuple[Stage, ...]:
        return (self.found,)

    def make(self, work: Workplace) -> Product:
        ticket = work.ticket(self.found)
        if self.to == "random":
            return Product(reinitialised(ticket, work.seed("re-initialisation")))
        return Product(rewound(ticket, work.ticket(self.found, self.to)))
