"""What all methods of a table share on one data set."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from supertickets.architecture import Architecture
from supertickets.descriptions import Count, Positive, Share, check_fields
from supertickets.evaluation import EvaluationProtocol
from supertickets.freezing import StoredValue
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.searching import Searching
from supertickets.tasks import Augmentation, Task
from supertickets.two_in_one import TwoInOne


class SettingError(ValueError):
    """A setting that contradicts itself; the message names data set, field and remedy."""


@dataclass(frozen=True)
class Problem:
    """What a net is trained on and how, whatever is searched or pruned meanwhile: all that training steps share.

    Attributes:
        data: name of the data set.
        task: the task object, itself a value.
        architecture: of the net, with as many outputs as the task has.
        recipe: batches, optimizer, augmentation, penalty.
        split: `train`; `train_minus_tune` while hyperparameters are chosen.

    Raises:
        SettingError: fields that contradict each other.
    """

    data: str
    task: Task
    architecture: Architecture
    recipe: Recipe
    split: Literal["train", "train_minus_tune"] = "train"

    def __post_init__(self) -> None:
        check_fields(self, SettingError)
        if self.task.outputs != self.architecture.outputs:
            raise SettingError(
                f"{self.data}: {self.task.outputs} outputs in the task, {self.architecture.outputs} in the net"
            )
        chosen = {
            item.name for item in fields(Augmentation) if getattr(self.recipe.augmentation, item.name) != item.default
        }
        if useless := sorted(chosen - self.task.augmentations):
            raise SettingError(
                f"{self.data}: {self.task.name} has no augmentation {useless[0]!r}: leave it at its default"
            )


@dataclass(frozen=True)
class Retraining:
    """How a ticket is trained on with its mask fixed.

    Attributes:
        epochs: length; the recipe's schedule runs again from its beginning over this time.
        lr: peak learning rate, as a share of the recipe's.
        stored_value: what becomes of the values of pruned weights (`supertickets.pruning.Pruning`).

    Raises:
        SettingError: a field out of range.
    """

    epochs: Count
    lr: Positive = 1.0
    stored_value: StoredValue = "kept"

    def __post_init__(self) -> None:
        check_fields(self, SettingError)


@dataclass(frozen=True)
class Setting:
    """A problem and how every method deals with it; the sparsity is a method's argument.

    Attributes:
        problem: what every net of it is trained on.
        algorithm: intervals of the profile, `sparsity` None; methods set sparsity and switches.
        retraining: how a ticket that was found here is trained on.
        searching: how dead units are removed.
        pruning: how two-in-one training prunes.
        fine_tuning: how a ticket that comes from elsewhere is trained; None for `retraining`.
        one_shot: how search-then-prune prunes; the public code prunes more kinds of layers there.
        protocol: what is done to a ticket before it is scored.
        early, late: where the states for ELT-Init and LLT-Init are kept, as shares of the supernet's training.
        evaluation: the reported split `val`; `tune` while hyperparameters are chosen.
        evaluation_batch: images that are scored at a time.

    Raises:
        SettingError: fields that contradict each other.
    """

    problem: Problem
    algorithm: TwoInOne
    retraining: Retraining
    searching: Searching = field(default_factory=Searching)
    pruning: Pruning = field(default_factory=Pruning)
    fine_tuning: Retraining | None = None
    one_shot: Pruning = field(default_factory=lambda: Pruning(prunable="convolutions"))
    protocol: EvaluationProtocol = field(default_factory=EvaluationProtocol)
    early: Share = 0.1
    late: Share = 0.9
    evaluation: Literal["val", "tune"] = "val"
    evaluation_batch: Count = 16

    def __post_init__(self) -> None:
        check_fields(self, SettingError)
        if (self.problem.split, self.evaluation) == ("train", "tune"):
            raise SettingError(f"{self.data}: tune is a part of train: train on train_minus_tune to evaluate on it")
        if self.algorithm.sparsity is not None:
            raise SettingError(
                f"{self.data}: algorithm.sparsity is {self.algorithm.sparsity}; a condition names it: leave None"
            )
        if not 0 < self.early < self.late <= 1:
            raise SettingError(
                f"{self.data}: early {self.early} and late {self.late} are shares, 0 < early < late <= 1"
            )
        if len(self.kept_states) < 2:
            raise SettingError(
                f"{self.data}: early {self.early} and late {self.late} are one epoch of {self.algorithm.epochs}"
            )

    @property
    def data(self) -> str:
        """Name of the data set."""
        return self.problem.data

    @property
    def kept_states(self) -> tuple[tuple[int, str], ...]:
        """Epochs after which a state is kept for lottery-ticket rewinding, and the state's name."""
        epochs = self.algorithm.epochs
        return tuple(
            {
                max(1, round(share * epochs)): name for name, share in (("early", self.early), ("late", self.late))
            }.items()
        )


@dataclass(frozen=True, kw_only=True)
class DetectorSetting(Setting):
    """A setting of a detector, in which nothing is searched.

    `algorithm.epochs` is how long the dense detector is trained, `early` the share of it after which the state is kept
    that weights are rewound to; `pruning` says which weights a round prunes and how they are ranked.

    Attributes:
        classifier: in the role of ImageNet, whose backbone the detector begins with.
        classifier_epochs: how long it is trained.
    """

    classifier: Problem
    classifier_epochs: Count

    @property
    def rewind_epoch(self) -> int:
        """After which epoch of the dense training the state is kept that is rewound to."""
        return self.kept_states[0][0]
