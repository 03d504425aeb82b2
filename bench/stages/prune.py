"""One-shot pruning of a searched net: the second half of search-then-prune."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Product, Stage, Workplace
from bench.settings import Setting, SettingError
from bench.stages.search import Search
from supertickets.choices import check_choices
from supertickets.criteria import Criterion
from supertickets.masks import check_sparsity
from supertickets.search_then_prune import prune_subnet


@dataclass(frozen=True)
class Prune(Stage):
    """`searched` pruned to `percent` % zeros by `criterion`."""

    searched: Search
    percent: int
    criterion: Criterion = "magnitude"

    def __post_init__(self) -> None:
        check_choices(self, SettingError)
        check_sparsity(self.percent)

    @property
    def setting(self) -> Setting:
        return self.searched.setting

    @property
    def sparsity(self) -> int:
        return self.percent

    @property
    def name(self) -> str:
        return f"S+P ({self.criterion})"

    @property
    def parents(self) -> tuple[Stage, ...]:
        return (self.searched,)

    def make(self, work: Workplace) -> Product:
        setting = self.setting
        ticket = prune_subnet(
            work.ticket(self.searched),
            self.criterion,
            self.percent,
            seed=work.seed("pruning"),
            task=setting.task,
            split=work.split() if self.criterion == "gradient" else None,
            recipe=setting.recipe,
            batches=setting.gradient_batches,
            device=work.device,
            counting=setting.algorithm.counting,
        )
        return Product(ticket)
