"""Methods: how a row of a table is computed. A method maps a setting to the stage whose ticket the row reports.

Every module of this folder may bind `METHODS`, a dict from the method's key to such a function; adding a method
is adding an entry or a file. Keys are what tables name in `Row.recipe`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from bench.experiments import Setting, Stage

Method = Callable[[Setting], Stage]


class MethodError(ValueError):
    """A method that does not exist; the message lists those that do."""


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


def stage_for(key: str, setting: Setting) -> Stage:
    """The stage that computes method `key` in `setting`.

    Raises:
        MethodError: for an unknown key.
    """
    known = methods()
    if key not in known:
        raise MethodError(f"no method is called {key!r}; there are: {', '.join(known)}")
    return known[key](setting)
