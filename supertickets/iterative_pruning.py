"""Iterative magnitude pruning with rewinding: how the object-recognition paper finds its tickets.

A ticket is found in rounds. The first one trains the dense net; each further one prunes the weights of smallest
magnitude, sets all others back to what they were after the first epochs of the dense training, and trains them again
under the mask. The share that is kept falls geometrically, keep^(round / (rounds - 1)) with the dense round as 0; the
paper has two rounds, so that everything is pruned at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from supertickets.descriptions import DescriptionError, check_fields
from supertickets.masks import check_sparsity

_Net = TypeVar("_Net")
"""A net in some state: a ticket, or the step of an experiment that makes it."""


@dataclass(frozen=True)
class IterativePruning:
    """How far a net is pruned, and in how many rounds.

    Attributes:
        sparsity: share of zeros after the last round, in whole percent.
        rounds: trainings, the dense one included.

    Raises:
        MaskError: a sparsity that is none.
        DescriptionError: fewer than two rounds.
    """

    sparsity: int
    rounds: int = 2

    def __post_init__(self) -> None:
        check_sparsity(self.sparsity)
        check_fields(self)
        if self.rounds < 2:
            raise DescriptionError(f"rounds is {self.rounds}: give at least 2, the first one is dense")

    def sparsity_of(self, number: int) -> int:
        """Whole percent of zeros in round `number`, 0 (dense) to rounds - 1."""
        keep = 1 - self.sparsity / 100
        return round(100 * (1 - keep ** (number / (self.rounds - 1))))


def iterative_pruning(
    given: IterativePruning,
    dense: _Net,
    prune: Callable[[_Net, int], _Net],
    rewind: Callable[[_Net], _Net],
    train: Callable[[_Net], _Net],
) -> _Net:
    """The ticket of the last round, trained.

    Args:
        dense: the trained net of round 0.
        prune: a trained net and a sparsity in percent -> the net under the mask of its largest weights.
        rewind: a pruned net -> its mask over the weights of the rewind point, those after the dense training's first
            epochs.
        train: a rewound net -> the same trained with its mask fixed.
    """
    trained = dense
    for number in range(1, given.rounds):
        pruned = prune(trained, given.sparsity_of(number))
        trained = train(rewind(pruned))
    return trained
