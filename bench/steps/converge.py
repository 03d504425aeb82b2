"""How many epochs a training takes to a validation loss that another one reaches as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import SettingError
from bench.steps.measuring import Measuring
from bench.steps.retrain import Retrain
from bench.steps.train import Train
from supertickets.descriptions import Whole


@dataclass(frozen=True)
class Converge(Measuring):
    """The training `of` held against the training `other`, by the losses that both noted after every epoch.

    The common loss is the lowest that both reach. Between two epochs the loss is taken to be a straight line.

    Attributes:
        before: epochs that the weights had been trained for when `of` began: those that a ticket was rewound to.

    Raises:
        SettingError: a training that notes no validation loss, or one on other data.
    """

    version = 1
    verb = "convergence of"

    other: Step
    before: Whole = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for training in (self.of, self.other):
            if not isinstance(training, Train | Retrain) or training.validated_on is None:
                raise SettingError(f"{training.name} notes no validation loss: give it validated_on")
        if self.of.problem != self.other.problem:
            raise SettingError(f"losses on {self.of.problem.data} and {self.other.problem.data}: give one problem")

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.of, self.other)

    def compute(self, context: Context) -> Product:
        own, others = (
            [epoch["validation_loss"] for epoch in context.numbers(training)["history"]]
            for training in (self.of, self.other)
        )
        epochs = epochs_to(own, max(min(own), min(others)))
        return Product(
            {
                "epochs_to_loss": epochs,
                "epochs_with_rewound": epochs + self.before,
                "validation_losses": own,
            }
        )


def epochs_to(losses: Sequence[float], common: float) -> float:
    """Epochs, counted from the first, until losses after each epoch come down to a value that they reach."""
    last = next(epoch for epoch, loss in enumerate(losses, 1) if loss <= common)
    if last == 1:
        return 1.0
    before, after = losses[last - 2], losses[last - 1]
    return last - 1 + (before - common) / (before - after)
