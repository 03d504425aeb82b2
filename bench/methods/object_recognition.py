"""Tickets of detectors: found by iterative pruning on the task itself, on a classifier, or on another task."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench.experiments import Step
from bench.methods import Condition, MethodError
from bench.settings import DetectorSetting, Retraining, Setting
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune_trained import PruneTrained
from bench.steps.reset import Reset
from bench.steps.retrain import Retrain
from bench.steps.task_transfer import TaskTransfer
from bench.steps.train import Train
from bench.steps.with_backbone import WithBackbone
from supertickets.architecture import PrunableSet
from supertickets.detector_tickets import Ranked, Values
from supertickets.iterative_pruning import IterativePruning, iterative_pruning
from supertickets.masks import Ranking
from supertickets.pruning import Pruning

REWIND_POINT = "early"


def detector_setting(setting: Setting | None) -> DetectorSetting:
    """A setting that can train detectors.

    Raises:
        MethodError: for one of supernets, or none.
    """
    if not isinstance(setting, DetectorSetting):
        where = "no setting" if setting is None else f"the setting of {setting.data}"
        raise MethodError(f"{where} has no detector: this method needs one of Profile.detectors")
    return setting


def classifier(setting: DetectorSetting) -> Train:
    """The dense classifier in the role of ImageNet's, with a state to rewind to."""
    rewind = max(1, round(setting.early * setting.classifier_epochs))
    return Train(setting.classifier, setting.classifier_epochs, kept=((rewind, REWIND_POINT),))


def untrained(setting: DetectorSetting) -> WithBackbone:
    """A dense detector on the classifier's backbone."""
    return WithBackbone(classifier(setting), setting.problem)


def dense_detector(setting: DetectorSetting) -> Train:
    """The same, trained; all tickets of the task share it."""
    kept = ((setting.rewind_epoch, REWIND_POINT),)
    return Train(setting.problem, setting.algorithm.epochs, untrained(setting), kept, setting.evaluation)


def dense(given: Condition) -> Train:
    """The dense detector of a condition, which has to be of sparsity 0."""
    if given.sparsity:
        raise MethodError(f"a dense detector at {given.sparsity} %: ask for sparsity 0")
    return dense_detector(detector_setting(given.setting))


def dense_again(given: Condition) -> Retrain:
    """The dense detector as tickets are made, but for the mask: rewound, and trained as they are."""
    trained = dense(given)
    rewound = Reset(trained, trained, REWIND_POINT)
    return Retrain(rewound, detector_setting(given.setting).retraining, trained.validated_on)


def ticket_of(
    trained: Train,
    given: IterativePruning,
    pruning: Pruning,
    retraining: Retraining,
    as_many_as: PrunableSet | None = None,
) -> Step:
    """The ticket of a dense training, by rounds of pruning, rewinding and training; losses are noted as in the first.

    Args:
        as_many_as: the layers of whose weights sparsities are shares; None for those that are pruned.
    """
    first: Step = trained
    return iterative_pruning(
        given,
        first,
        prune=lambda net, percent: PruneTrained(net, percent, pruning, as_many_as),
        rewind=lambda net: Reset(net, trained, REWIND_POINT),
        train=lambda net: Retrain(net, retraining, trained.validated_on),
    )


def direct(
    given: Condition,
    which: PrunableSet = "detector",
    rounds: int = 2,
    ranking: Ranking | None = None,
    as_many_as: PrunableSet | None = None,
) -> Step:
    """A ticket found on the task itself.

    Args:
        which: what is pruned; `shared` leaves the task's own head dense.
        ranking: over all layers or within each; None for the setting's.
        as_many_as: as in `ticket_of`; with `backbone` a ticket has as many zeros as a transfer at the same sparsity.
    """
    setting = detector_setting(given.setting)
    pruning = replace(setting.pruning, prunable=which, ranking=ranking or setting.pruning.ranking)
    found = IterativePruning(given.sparsity, rounds)
    return ticket_of(dense_detector(setting), found, pruning, setting.retraining, as_many_as)


def mask_transfer(given: Condition, ranked: Ranked = "backbone") -> Retrain:
    """The mask of the classifier's largest weights in the backbone, trained on the task."""
    setting = detector_setting(given.setting)
    start = MaskTransfer(classifier(setting), setting.problem, given.sparsity, ranked, setting.pruning.ranking)
    return Retrain(start, setting.retraining)


def transfer_ticket(given: Condition) -> Retrain:
    """The classifier's own ticket as backbone, trained on the task."""
    setting = detector_setting(given.setting)
    pruning = replace(setting.pruning, prunable="backbone")
    length = replace(setting.retraining, epochs=setting.classifier_epochs)
    found = ticket_of(classifier(setting), IterativePruning(given.sparsity), pruning, length)
    return Retrain(WithBackbone(found, setting.problem), setting.retraining)


def task_transfer(given: Condition, which: PrunableSet = "detector", values: Values = "source") -> Retrain:
    """What was found on the source's task, trained on the target's."""
    setting, source = detector_setting(given.setting), detector_setting(given.source)
    found = direct(Condition(source, given.sparsity), which)
    return Retrain(TaskTransfer(found, untrained(setting), values), setting.retraining)


METHODS = {
    "or_dense": dense,
    "or_dense_again": dense_again,
    "or_direct": direct,
    "or_direct_shared": partial(direct, which="shared"),
    "or_direct_layers": partial(direct, ranking="per layer"),
    "or_direct_equal": partial(direct, as_many_as="backbone"),
    "or_mask": mask_transfer,
    "or_mask_code": partial(mask_transfer, ranked="detector"),
    "or_ticket": transfer_ticket,
    "or_task": task_transfer,
    "or_task_code": partial(task_transfer, values="imagenet"),
    "or_task_shared": partial(task_transfer, which="shared"),
}
