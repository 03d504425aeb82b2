"""Methods: how a row of a table is computed. A method maps a cell to the stage whose ticket the cell reports.

Every module of this folder may bind `METHODS`, a dict from the method's key to such a function; adding a method
is adding an entry or a file. Keys are what tables name in `Row.recipe`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from bench.experiments import Stage
from bench.settings import Setting
from supertickets.masks import check_sparsity


class MethodError(ValueError):
    """A method that does not exist or lacks something; the message lists what there is."""


@dataclass(frozen=True)
class Cell:
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


Method = Callable[[Cell], Stage]


def methods() -> dict[str, Method]:
    """Every method by key.

    Raises:
        MethodError: when two modules bind the same key.
    """
    found: dict[str, Method] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        for key, method in getattr(importlib.import_module(f"{__name__}.{module}"), "METHODS", {}).items():
            if key in found:
                raise MethodError(f"method {key!r} is defined twice, again in bench/methods/{module}.py")
            found[key] = method
    return found


def stage_for(key: str, cell: Cell) -> Stage:
    """The stage that computes method `key` for `cell`.

    Raises:
        MethodError: for an unknown key, or a transfer without a source.
    """
    known = methods()
    if key not in known:
        raise MethodError(f"no method is called {key!r}; there are: {', '.join(known)}")
    return known[key](cell)
