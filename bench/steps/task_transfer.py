"""A detector under the mask that was found on another task (Tab. 2 of the object-recognition paper)."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import Problem, SettingError
from bench.steps.detectors import detector_of
from supertickets.detector_tickets import Values, of_another_task


@dataclass(frozen=True)
class TaskTransfer(Step):
    """The dense detector of `start` under the mask of `source` in all layers that both have.

    Attributes:
        values: of kept weights, see `supertickets.detector_tickets.Values`.

    Raises:
        SettingError: nets of other kinds, tasks that are one, a source without a mask, or a start with one.
        DetectorError: detectors that do not agree in what they share.
    """

    version = 1

    source: Step
    start: Step
    values: Values = "source"

    def __post_init__(self) -> None:
        super().__post_init__()
        detector_of(self.start.problem).check_shared(detector_of(self.source.problem))
        if self.source.problem.task.name == self.start.problem.task.name:
            raise SettingError(f"transfer from {self.source.problem.task.name} to itself: that is a retraining")
        if not self.source.sparsity or self.start.sparsity:
            raise SettingError("a task transfer puts the mask of a sparse source on a dense start: give these two")

    @property
    def problem(self) -> Problem:
        return self.start.problem

    @property
    def name(self) -> str:
        return f"transfer from {self.source.problem.task.name}, values of {self.values}"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.source, self.start)

    def compute(self, context: Context) -> Product:
        ticket = of_another_task(context.ticket(self.source), context.ticket(self.start), self.values)
        return Product(tickets={"ticket": ticket})
