# PYTHON_ARGCOMPLETE_OK
"""Print docs/networks.md: `python -m bench.networks > docs/networks.md`."""

from __future__ import annotations

from collections.abc import Sequence

from bench.networks import measured_costs, networks
from supertickets.command_line import run_command
from supertickets.command_parser import command_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page; returns 0."""
    command_parser("bench.networks", "Print docs/networks.md: the networks that the paper compares with.").parse_args(
        arguments
    )

    from bench.networks.page import page

    print(page({network: measured_costs(network) for network in networks().values()}), end="")
    return 0


if __name__ == "__main__":
    run_command(main)
