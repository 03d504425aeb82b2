"""How much training the paper's nets had, and how much a profile gives: steps, pictures, epochs of each data set."""

from __future__ import annotations

from dataclasses import dataclass

from bench.settings import Setting


@dataclass(frozen=True)
class Budget:
    """One training of a supernet.

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


def budget_of(setting: Setting) -> Budget:
    """What a setting spends."""
    recipe, epochs = setting.problem.recipe, setting.algorithm.epochs
    steps = epochs * recipe.steps_per_epoch
    return Budget(None, recipe.batch_size, epochs, steps, setting.retraining.epochs)


def compared(settings: dict[str, Setting]) -> list[str]:
    """Lines of text: the budgets of a profile, each beside the published one."""
    lines = []
    for role, setting in settings.items():
        ours = budget_of(setting)
        lines.append(f"{role} ({setting.data}): {_in_words(ours)}")
        if (paper := PUBLISHED.get(role)) is not None:
            share = ours.pictures_seen / paper.pictures_seen
            lines.append(f"  published: {_in_words(paper)}; ours sees {share:.2%} of its pictures")
    return lines


def _in_words(budget: Budget) -> str:
    return (
        f"{budget.epochs} epochs, {budget.steps} steps of {budget.batch}, {budget.pictures_seen} pictures seen, "
        f"retraining {budget.retraining_epochs} epochs"
    )
