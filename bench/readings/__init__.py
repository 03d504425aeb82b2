"""Readings of the protocol: how else paper and public code can be understood, as changes of a setting.

A reading is a module here that binds `READING` and, as a literal, the `TITLE` that stands beside its numbers: tables
and ledger read titles from the source, which needs no torch. All other tables are computed under no reading: the
settings of the profile as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.settings import Setting
from supertickets.discovery import Definitions


@dataclass(frozen=True)
class Reading:
    """A way to understand what was done.

    Attributes:
        title: what is different.
        of: a profile's setting under this reading.
    """

    title: str
    of: Callable[[Setting], Setting]


def readings() -> Mapping[str, Reading]:
    """Every reading, by the name of its module."""
    return Definitions("READING", __name__)
