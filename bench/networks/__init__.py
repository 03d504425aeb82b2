"""The networks that the paper compares with (Tab. 3-6 and 10), one file each, with their real cost.

A network is a module of this folder with a module-level `NETWORK` whose `key` is the module's name; adding a
network is adding that file. Modules without a `NETWORK` are helpers. `python -m bench.networks`
prints docs/networks.md.
"""

from __future__ import annotations

import functools

from bench.networks.base import Network, NetworkError, measured_costs
from supertickets.discovery import Definitions
from supertickets.wording import unknown

__all__ = ["Network", "NetworkError", "measured_costs", "network", "network_names", "networks"]


def network_names() -> list[str]:
    """Keys of all networks, read from the sources."""
    return list(Definitions("NETWORK", __name__))


@functools.cache
def networks() -> dict[str, Network]:
    """Every network by key, in the order of the paper's tables."""
    found: dict[str, Network] = Definitions("NETWORK", __name__).by("key")
    return dict(sorted(found.items(), key=lambda item: (item[1].tables, item[1].name, item[1].key)))


def network(key: str) -> Network:
    """The network called `key`.

    Raises:
        NetworkError: there is no such network; the message lists those there are.
    """
    if key not in network_names():
        raise NetworkError(f"no network is called {unknown(key, network_names())}")
    return networks()[key]
