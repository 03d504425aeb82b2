"""The networks that the paper compares with (Tab. 3-6 and 10), one file each, with their real cost.

A network is a module of this folder with a module-level `NETWORK` whose `key` is the module's name; adding a
network is adding that file. Modules without a `NETWORK` are helpers. `python -m bench.networks`
prints docs/networks.md.
"""

from __future__ import annotations

import importlib
import pkgutil

from bench.networks.base import Network, NetworkError, measured_costs

__all__ = ["Network", "NetworkError", "measured_costs", "network", "networks"]


def networks() -> dict[str, Network]:
    """Every network by key, in the order of the paper's tables."""
    found = (
        getattr(importlib.import_module(f"{__name__}.{info.name}"), "NETWORK", None)
        for info in pkgutil.iter_modules(__path__)
        if info.name != "__main__"
    )
    ordered = sorted((each for each in found if each is not None), key=lambda each: (each.tables, each.name, each.key))
    return {each.key: each for each in ordered}


def network(key: str) -> Network:
    """The network called `key`.

    Raises:
        NetworkError: there is no such network; the message lists those there are.
    """
    known = networks()
    if key not in known:
        raise NetworkError(f"no network is called {key!r}; there are: {', '.join(known)}")
    return known[key]
