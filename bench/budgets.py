"""How much training the paper's nets had, and how much a profile gives: steps, pictures, epochs of each data set."""

from __future__ import annotations

from dataclasses import dataclass

from bench.profiles import Profile
from bench.settings import DetectorSetting, Setting


@dataclass(frozen=True)
class Budget:
    """One training of a supernet, of a dense detector, or of the classifier that a detector begins with.

    Attributes:
        pictures: of the training split, or persons; None where a profile does not say: an epoch of it is a number of
            steps.
        batch: pictures per step.
        epochs, steps: of the whole training.
        retraining_epochs: of a ticket.
    """

    pictures: int | None
    batch: int
    epochs: int
    steps: int
    retraining_epochs: int

    @property
    def pictures_seen(self) -> int:
        """How often a picture is trained on, summed over all of them."""
        return self.steps * self.batch


def published(pictures: int, batch: int, epochs: int) -> Budget:
    """A budget of the paper: incomplete batches at the end of an epoch are left out, and tickets have 50 epochs."""
    return Budget(pictures, batch, epochs, epochs * (pictures // batch), 50)


PUBLISHED = {
    "ImageNet": published(1_281_167, 256, 350),
    "Cityscapes": published(2_975, 32, 430),
    "ADE20K": published(20_210, 32, 200),
    "COCO keypoints": published(149_813, 384, 210),
}
"""Sec. 4.1 of the paper, by the role of the data set."""


PUBLISHED_DETECTORS = {
    "COCO instances": Budget(117_266, 16, 12, 90_000, 12),
    "COCO people": Budget(None, 16, 25, 90_000, 25),
    "VOC": Budget(10_022, 12, 12, 12 * (10_022 // 12), 12),
}
"""The public code of the object-recognition paper, by role. On COCO it counts steps; epochs are the whole ones in them.
Pictures without objects are left out, those of VOC are counted once more mirrored, and tickets are trained as long as
dense detectors."""

PUBLISHED_CLASSIFIER = Budget(1_281_167, 256, 90, 90 * (1_281_167 // 256), 90)
"""Of the same code."""


def budget_of(setting: Setting) -> Budget:
    """What a setting spends."""
    recipe, epochs = setting.problem.recipe, setting.algorithm.epochs
    steps = epochs * recipe.steps_per_epoch
    return Budget(None, recipe.batch_size, epochs, steps, setting.retraining.epochs)


def classifier_budget_of(setting: DetectorSetting) -> Budget:
    """What a setting spends on the classifier that its detector begins with, or on a ticket of it."""
    recipe, epochs = setting.classifier.recipe, setting.classifier_epochs
    return Budget(None, recipe.batch_size, epochs, epochs * recipe.steps_per_epoch, epochs)


def compared(profile: Profile) -> list[str]:
    """Lines of text: the budgets of a profile, each beside the published one."""
    lines = []
    for role, setting in profile.settings.items():
        lines += _beside(f"{role} ({setting.data})", budget_of(setting), PUBLISHED.get(role))
    classifiers: dict[str, Budget] = {}
    for role, detector in profile.detectors.items():
        lines += _beside(f"{role} ({detector.data})", budget_of(detector), PUBLISHED_DETECTORS.get(role))
        classifiers[detector.classifier.data] = classifier_budget_of(detector)
    for data, spent in classifiers.items():
        lines += _beside(f"classifier that detectors begin with ({data})", spent, PUBLISHED_CLASSIFIER)
    return lines


def _beside(what: str, ours: Budget, published: Budget | None) -> list[str]:
    lines = [f"{what}: {_in_words(ours)}"]
    if published is not None:
        share = ours.pictures_seen / published.pictures_seen
        lines.append(f"  published: {_in_words(published)}; ours sees {share:.2%} of its pictures")
    return lines


def _in_words(budget: Budget) -> str:
    return (
        f"{budget.epochs} epochs, {budget.steps} steps of {budget.batch}, {budget.pictures_seen} pictures seen, "
        f"retraining {budget.retraining_epochs} epochs"
    )
