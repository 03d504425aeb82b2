"""The architectures that ticket files can name: one file each, which binds `ARCHITECTURE`."""

from __future__ import annotations

import importlib
import pkgutil

from supertickets.architecture import Architecture


def architectures() -> dict[str, type[Architecture]]:
    """Every architecture by its kind."""
    modules = sorted(info.name for info in pkgutil.iter_modules(__path__))
    found = (importlib.import_module(f"{__name__}.{module}").ARCHITECTURE for module in modules)
    return {architecture.kind: architecture for architecture in found}
