"""A net's mask over the weights that the dense training had after its first epochs (late resetting)."""

from __future__ import annotations

from dataclasses import dataclass

from bench.experiments import Context, Product, Step
from bench.settings import SettingError
from bench.steps.train import Train
from supertickets.lottery import rewound


@dataclass(frozen=True)
class Reset(Step):
    """The ticket of `pruned` with weights and BatchNorm of the state `to` of a dense training.

    Attributes:
        pruned: a ticket with a mask, or the dense training itself, whose state then comes back as it was.

    Raises:
        SettingError: another net without a mask, or of another problem, or a state that was not kept.
    """

    version = 1

    pruned: Step
    training: Train
    to: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.pruned.sparsity and self.pruned != self.training:
            raise SettingError("resetting needs a ticket with a mask, or the dense training itself: prune first")
        if self.pruned.problem != self.training.problem:
            raise SettingError(
                f"a ticket of {self.pruned.problem.data} reset to a training on {self.training.problem.data}: "
                "give one of the same problem"
            )
        if self.to not in (names := [name for _, name in self.training.kept]):
            raise SettingError(f"no state {self.to!r} was kept, only {names}: keep it in the dense training")

    @property
    def name(self) -> str:
        return f"{self.pruned.name}, reset to {self.to}"

    @property
    def parents(self) -> tuple[Step, ...]:
        return (self.pruned, self.training)

    def compute(self, context: Context) -> Product:
        return Product(tickets={"ticket": rewound(context.ticket(self.pruned), context.ticket(self.training, self.to))})
