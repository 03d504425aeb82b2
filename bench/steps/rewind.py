"""A ticket's architecture and mask with other weights: random ones, or its own of an earlier moment (Tab. 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.experiments import Context, Product, Step
from bench.settings import SettingError
from bench.steps.search import Search
from supertickets.lottery import reinitialised, rewound

State = Literal["random", "initial", "early", "late"]


@dataclass(frozen=True)
class Rewind(Step):
    """The ticket of `found` with fresh weights (RR-Init) or those it had initially, early or late (LT, ELT, LLT).

    Raises:
        SettingError: a ticket without a mask, or one whose kept states have another architecture.
    """

    version = 1

    found: Search
    to: State

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.found.algorithm.sparsity is None:
            raise SettingError("rewinding needs a ticket of two-in-one training; a search alone has no mask")
        if self.found.algorithm.final_ticket != "last mask":
            raise SettingError("rewinding needs final_ticket='last mask': other states have the final architecture")

    @property
    def name(self) -> str:
        return f"{self.found.name} rewound to {self.to}"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.found,)

    def compute(self, context: Context) -> Product:
        ticket = context.ticket(self.found)
        if self.to == "random":
            changed = reinitialised(ticket, context.seed("re-initialisation"))
        else:
            changed = rewound(ticket, context.ticket(self.found, self.to))
        return Product(tickets={"ticket": changed})
