"""Scores by which weights are pruned, lowest first; adding a criterion is adding a file that binds `CRITERION`.

Two-in-one training and search-then-prune choose from the same list.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from supertickets.discovery import Definitions

Values = Mapping[str, Tensor]
"""One tensor per prunable weight, by name, in definition order."""


class CriterionError(ValueError):
    """A criterion that does not exist; the message lists those that do."""


@dataclass(frozen=True)
class Candidates:
    """What a criterion may look at.

    Attributes:
        weights: values of the prunable weights, those of pruned ones included.
        gradients: computes dL/dw at the net as it is, summed over training batches; expensive, so only on demand.
        seed: for criteria that draw.
    """

    weights: Values
    gradients: Callable[[], Values]
    seed: int


Criterion = Callable[[Candidates], dict[str, Tensor]]
"""Non-negative scores, one per weight, in the shapes of the weights."""


def criteria() -> Mapping[str, Criterion]:
    """Every criterion by name."""
    return _found(tuple(__path__))


@functools.lru_cache(maxsize=1)
def _found(_folders: tuple[str, ...]) -> Definitions:
    """Looked for once as long as the folders are the same: every description of a pruning asks."""
    return Definitions("CRITERION", __name__)


def criterion(name: str) -> Criterion:
    """The criterion called `name`.

    Raises:
        CriterionError: when there is none.
    """
    known = criteria()
    if name not in known:
        raise CriterionError(f"criterion is {name!r}: choose {', '.join(known)}")
    found: Criterion = known[name]
    return found
