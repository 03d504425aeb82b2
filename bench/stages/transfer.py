"""A ticket found on one data set, fine-tuned with its mask fixed on another (Tab. 2, Tab. 8, Fig. 8)."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Product, Stage, Workplace
from bench.settings import Setting, SettingError
from bench.stages.fixed_mask import train_with_fixed_mask
from supertickets.transfer import check_fit, transferred


@dataclass(frozen=True)
class Transfer(Stage):
    """The ticket of `source` on another data set.

    Between data sets of one task only the classifier is new. Between tasks the whole head, mask included, comes from
    the ticket `head` that was found on the target (the paper inherits heads "from the target datasets"); stem and
    stages come from the source. Both supernets have to agree in everything but what is replaced.
    """

    source: Stage
    on: Setting
    head: Stage | None = None

    def __post_init__(self) -> None:
        if self.source.setting.data == self.on.data:
            raise SettingError(f"transfer from {self.on.data} to itself: that is a retraining")
        between_tasks = self.source.setting.task.name != self.on.task.name
        if between_tasks != (self.head is not None):
            raise SettingError(
                f"transfer from {self.source.setting.task.name} to {self.on.task.name}: "
                f"{'name the ticket that gives the head' if between_tasks else 'the head stays, give none'}"
            )
        if self.head is not None and (self.head.setting.data, self.head.sparsity) != (self.on.data, self.sparsity):
            raise SettingError(
                f"head of {self.head.setting.data} at {self.head.sparsity} %: give that of a ticket found on "
                f"{self.on.data} at {self.sparsity} %"
            )
        check_fit(self.source.setting.supernet, self.on.supernet, between_tasks)

    @property
    def setting(self) -> Setting:
        return self.on

    @property
    def epochs(self) -> int:
        return self.setting.retrain_epochs

    @property
    def sparsity(self) -> int:
        return self.source.sparsity

    @property
    def name(self) -> str:
        return f"transfer from {self.source.setting.data} of {self.source.name}"

    @property
    def parents(self) -> tuple[Stage, ...]:
        return (self.source,) if self.head is None else (self.source, self.head)

    def make(self, work: Workplace) -> Product:
        head = None if self.head is None else work.ticket(self.head)
        start = transferred(work.ticket(self.source), self.on.supernet, head, work.seed("new classifier"))
        return train_with_fixed_mask(start, self.setting, "transfer", work)
