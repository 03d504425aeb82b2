"""Rule sets: how many cycles a matrix product takes.

Every module of this folder may bind `RULES`, a dict from a rule set's name to its `RuleSet`; adding a rule set is
adding a file. The name is what `Accelerator.rules` holds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supertickets.discovery import Definitions

if TYPE_CHECKING:
    from bench.accelerator.config import Accelerator
    from bench.accelerator.gemm import Gemm
    from bench.accelerator.timing import Timing


class RuleError(ValueError):
    """A rule set that does not exist; the message lists those that do."""


@dataclass(frozen=True)
class RuleSet:
    """How to time, and what cannot be timed.

    Attributes:
        timing: time of one product with at least one non-zero and one streamed vector.
        problem: what these rules cannot do with an accelerator, in one sentence; None where it is fine.
    """

    timing: Callable[[Gemm, Accelerator], Timing]
    problem: Callable[[Accelerator], str | None]


@functools.cache
def rule_sets() -> dict[str, RuleSet]:
    """Every rule set by name."""
    return Definitions("RULES", __name__).by("name")


def rule_set(name: str) -> RuleSet:
    """The rule set called `name`.

    Raises:
        RuleError: for an unknown name.
    """
    known = rule_sets()
    if name not in known:
        raise RuleError(f"no rule set is called {name!r}; there are: {', '.join(known)}")
    return known[name]
