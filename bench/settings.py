"""What all methods of a table share on one data set."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from supertickets.choices import check_choices
from supertickets.recipe import Recipe
from supertickets.supernet import SupernetConfig
from supertickets.tasks import Augmentation, Task
from supertickets.two_in_one import TwoInOne


class SettingError(ValueError):
    """A setting that contradicts itself; the message names data set, field and remedy."""


@dataclass(frozen=True)
class Setting:
    """Everything the methods of a table share on one data set; the sparsity is a method's argument.

    Attributes:
        data: name of the data set.
        task: the task object, itself a value.
        algorithm: intervals of the profile, `sparsity` None; methods set sparsity and switches.
        retrain_epochs: length of a retraining with fixed mask.
        retrain_lr: peak learning rate of a retraining, as a share of the recipe's.
        gradient_batches: training batches over which gradient scores are accumulated.
        early, late: where the states for ELT-Init and LLT-Init are kept, as shares of the supernet's training.
        split: `train`; `train_minus_tune` while hyperparameters are chosen.
        evaluation: the reported split `val`; `tune` while hyperparameters are chosen.

    Raises:
        SettingError: fields that contradict each other.
    """

    data: str
    task: Task
    supernet: SupernetConfig
    recipe: Recipe
    algorithm: TwoInOne
    retrain_epochs: int
    retrain_lr: float = 1.0
    gradient_batches: int = 10
    early: float = 0.1
    late: float = 0.9
    split: Literal["train", "train_minus_tune"] = "train"
    evaluation: Literal["val", "tune"] = "val"
    evaluation_batch: int = 16

    def __post_init__(self) -> None:
        check_choices(self, SettingError)
        for name in ("retrain_epochs", "gradient_batches", "evaluation_batch"):
            if getattr(self, name) < 1:
                raise SettingError(f"{self.data}: {name} is {getattr(self, name)}: give a positive whole number")
        if self.retrain_lr <= 0:
            raise SettingError(f"{self.data}: retrain_lr is {self.retrain_lr}: give a positive share of the recipe's")
        if (self.split, self.evaluation) == ("train", "tune"):
            raise SettingError(f"{self.data}: tune is a part of train: train on train_minus_tune to evaluate on it")
        if self.algorithm.sparsity is not None:
            raise SettingError(
                f"{self.data}: algorithm.sparsity is {self.algorithm.sparsity}; a cell names it: leave None"
            )
        if not 0 < self.early < self.late <= 1:
            raise SettingError(
                f"{self.data}: early {self.early} and late {self.late} are shares, 0 < early < late <= 1"
            )
        if self.task.outputs != self.supernet.outputs:
            raise SettingError(
                f"{self.data}: {self.task.outputs} outputs in the task, {self.supernet.outputs} in the net"
            )
        if len(self.kept_states(self.algorithm.epochs)) < 2:
            raise SettingError(
                f"{self.data}: early {self.early} and late {self.late} are one epoch of {self.algorithm.epochs}"
            )
        chosen = {
            item.name for item in fields(Augmentation) if getattr(self.recipe.augmentation, item.name) != item.default
        }
        if useless := sorted(chosen - self.task.augmentations):
            raise SettingError(
                f"{self.data}: {self.task.name} has no augmentation {useless[0]!r}: leave it at its default"
            )

    def kept_states(self, epochs: int) -> dict[int, str]:
        """Epoch of `epochs` -> name of the state that is kept after it, for lottery-ticket rewinding."""
        return {max(1, round(share * epochs)): name for name, share in (("early", self.early), ("late", self.late))}
