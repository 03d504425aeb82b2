"""The architectures that ticket files can name: one file each, which binds `ARCHITECTURE`."""

from __future__ import annotations

from collections.abc import Mapping

from supertickets.architecture import Architecture
from supertickets.discovery import Definitions


def architectures() -> Mapping[str, type[Architecture]]:
    """Every architecture by its kind, which is the name of its file."""
    return Definitions("ARCHITECTURE", __name__)
