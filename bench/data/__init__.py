"""The data sets, one file each.

A data set is a module of this folder with a module-level `DATA_SET` whose `name` is the module's name;
adding a set is adding that file. Modules without a `DATA_SET` are helpers. What people call a set stands beside it as a
literal `TITLE`, where that is more than the words of its name: figures and the report read it.
"""

from __future__ import annotations

import functools

from bench.data.base import SPLITS, DataSet
from supertickets.data.errors import DataError
from supertickets.discovery import Definitions
from supertickets.wording import unknown

__all__ = ["SPLITS", "DataError", "DataSet", "data_set", "data_sets"]


@functools.cache
def _found() -> Definitions:
    return Definitions("DATA_SET", __name__)


def data_sets() -> dict[str, DataSet]:
    """Every data set of this folder by name, in alphabetical order."""
    return _found().by("name")


def data_set(name: str) -> DataSet:
    """The data set called `name`; imports only its own module.

    Raises:
        DataError: there is no such set; the message lists those there are.
    """
    if name not in _found():
        raise DataError(f"no data set is called {unknown(name, _found())}")
    data: DataSet = _found()[name]
    return data
