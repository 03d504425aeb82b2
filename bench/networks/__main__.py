"""Print docs/networks.md: `python -m bench.networks > docs/networks.md`."""

from __future__ import annotations

from bench.networks import measured_costs, networks
from bench.networks.page import page

if __name__ == "__main__":
    print(page({network: measured_costs(network) for network in networks().values()}), end="")
