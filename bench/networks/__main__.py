"""Print docs/networks.md: `python -m bench.networks > docs/networks.md`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench.networks import measured_costs, networks
from bench.networks.page import page
from supertickets.command_line import run_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page; returns 0."""
    argparse.ArgumentParser(
        prog="python -m bench.networks",
        description="Print docs/networks.md: the networks that the paper compares with.",
    ).parse_args(arguments)
    print(page({network: measured_costs(network) for network in networks().values()}), end="")
    return 0


if __name__ == "__main__":
    run_command(main)
