"""A ticket found on one data set, fine-tuned with its mask fixed on another (Tab. 2, Tab. 8, Fig. 8)."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Problem, Retraining, SettingError
from bench.steps.fixed_mask import train_with_fixed_mask
from supertickets.transferred import transferred


@dataclass(frozen=True)
class Transfer(Step):
    """The ticket of `source` on another data set.

    Between data sets of one task only the classifier is new. Between tasks the whole head, mask included, comes from
    the ticket `head` that was found on the target (the paper inherits heads "from the target datasets"); stem and
    stages come from the source. Both supernets have to agree in everything but what is replaced.

    Raises:
        SettingError: source and target that are one, or a head that is missing, needless or found elsewhere.
        ArchitectureError: supernets that do not agree.
    """

    version = 1

    source: Step
    on: Problem
    retraining: Retraining
    head: Step | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.source.problem.data == self.on.data:
            raise SettingError(f"transfer from {self.on.data} to itself: that is a retraining")
        between_tasks = self.source.problem.task.name != self.on.task.name
        if between_tasks != (self.head is not None):
            raise SettingError(
                f"transfer from {self.source.problem.task.name} to {self.on.task.name}: "
                f"{'name the ticket that gives the head' if between_tasks else 'the head stays, give none'}"
            )
        if self.head is not None and (self.head.problem.data, self.head.sparsity) != (self.on.data, self.sparsity):
            raise SettingError(
                f"head of {self.head.problem.data} at {self.head.sparsity} %: give that of a ticket found on "
                f"{self.on.data} at {self.sparsity} %"
            )
        ours, theirs = self.source.problem.architecture, self.on.architecture
        _ = ours.with_head_of(theirs) if between_tasks else ours.with_outputs_of(theirs)  # refuses what does not fit

    @property
    def problem(self) -> Problem:
        return self.on

    @property
    def epochs(self) -> int:
        return self.retraining.epochs

    @property
    def name(self) -> str:
        return f"transfer from {self.source.problem.data} of {self.source.name}"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.source,) if self.head is None else (self.source, self.head)

    def compute(self, context: Context) -> Product:
        head = None if self.head is None else context.ticket(self.head)
        target = self.on.architecture
        start = transferred(context.ticket(self.source), target, head, context.seed("new classifier"))
        return train_with_fixed_mask(start, self.on, self.retraining, "transfer", context)
