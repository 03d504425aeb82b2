"""The data sets, one file each.

A data set is a module of this folder with a module-level `DATA_SET` whose `name` is the module's name;
adding a set is adding that file. Modules without a `DATA_SET` are helpers.
"""

from __future__ import annotations

import importlib
import pkgutil

from bench.data.base import SPLITS, DataError, DataSet

__all__ = ["SPLITS", "DataError", "DataSet", "data_set", "data_sets"]


def data_sets() -> dict[str, DataSet]:
    """Every data set of this folder by name, in alphabetical order."""
    found = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.ispkg):
        candidate = getattr(importlib.import_module(f"{__name__}.{module}"), "DATA_SET", None)
        if candidate is not None:
            found[candidate.name] = candidate
    return found


def data_set(name: str) -> DataSet:
    """The data set called `name`; imports only its own module.

    Raises:
        DataError: there is no such set; the message lists those there are.
    """
    # Compared with the folder's own names first: an import error inside a data set must not read as "unknown".
    if any(info.name == name and not info.ispkg for info in pkgutil.iter_modules(__path__)):
        candidate = getattr(importlib.import_module(f"{__name__}.{name}"), "DATA_SET", None)
        if candidate is not None:
            return candidate
    raise DataError(f"no data set is called {name!r}; there are: {', '.join(data_sets())}")
