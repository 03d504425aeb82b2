"""Methods: how a row of a table is computed. A method maps a condition to the step whose ticket the cell reports.

Every module of this folder may bind `METHODS`, a dict from the method's key to such a function; adding a method
is adding an entry or a file. Keys are what tables name in `Row.computed_by`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from bench.experiments import Step
from bench.settings import Setting
from supertickets.descriptions import check_fields
from supertickets.discovery import Definitions
from supertickets.masks import check_sparsity


class MethodError(ValueError):
    """A method that does not exist or lacks something; the message lists what there is."""


@dataclass(frozen=True)
class Condition:
    """What a method is asked for.

    Attributes:
        setting: where the ticket is measured.
        sparsity: its share of zeros in whole percent.
        source: where it was found, for methods that transfer.

    Raises:
        MaskError: a sparsity that is none.
    """

    setting: Setting
    sparsity: int
    source: Setting | None = None

    def __post_init__(self) -> None:
        check_sparsity(self.sparsity)
        check_fields(self)


Method = Callable[[Condition], Step]


@functools.cache
def methods() -> dict[str, Method]:
    """Every method by key."""
    return Definitions("METHODS", __name__).by("key")


def step_for(key: str, given: Condition) -> Step:
    """The step whose ticket method `key` reports for `given`.

    Raises:
        MethodError: for an unknown key, or a transfer without a source.
        AlgorithmError, ArchitectureError, SettingError: for a condition that the method cannot meet.
    """
    known = methods()
    if key not in known:
        raise MethodError(f"no method is called {key!r}; there are: {', '.join(known)}")
    return known[key](given)
