# PYTHON_ARGCOMPLETE_OK
"""One command for the whole suite: `supertickets-bench tables --list` is `python -m paper_tables --list`."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence

from supertickets.command_line import run_command
from supertickets.command_parser import SUITE, CommandParser
from supertickets.completion import subcommand
from supertickets.launch import launched, quiet_unless_first

COMMANDS = {
    "tables": ("paper_tables", "compute result tables"),
    "figures": ("figures", "draw the figures from the result tables"),
    "report": ("figures.report", "put claims, tables and figures on one page"),
    "claims": ("paper_tables.claims", "judge the paper's claims"),
    "data": ("bench.convert", "bring a downloaded data set into the layout that is read"),
    "cost": ("bench.cost", "tell what a net or a ticket costs"),
    "latency": ("bench.latency", "time nets on this machine"),
    "gpu": ("bench.gpu", "test and time everything that needs a GPU"),
    "errors": ("bench.errors", "tell which errors a detector makes"),
    "errors-figures": ("figures.errors", "draw the file that `errors` wrote"),
    "networks": ("bench.networks", "print the networks that the paper compares with"),
    "accelerator": ("bench.accelerator", "compare the two rule sets of the accelerator"),
}
"""Subcommand -> the module behind it, of which nothing is loaded before it is chosen, and what it does."""

SHARED = ("tables",)
"""What several processes, started by `torchrun`, can do together."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Become the chosen command, which exits; 2 where none was chosen, or one that `torchrun` cannot share."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = CommandParser(prog=SUITE, description="Reproduce SuperTickets. COMMAND --help tells more of each command.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, what) in COMMANDS.items():
        commands.add_parser(name, help=what, add_help=False)
    launch = launched()
    with quiet_unless_first(launch):
        if (chosen := subcommand()) not in COMMANDS:
            chosen = parser.parse_args(given[:1]).command
        if launch is not None and chosen not in SHARED:
            print(f"error: {chosen} is done by one process: start it without torchrun", file=sys.stderr)
            return 2
    sys.argv = [f"{SUITE} {chosen}", *given[1:]]
    runpy.run_module(COMMANDS[chosen][0], run_name="__main__")
    raise AssertionError(f"{COMMANDS[chosen][0]} did not exit")


def supertickets_bench() -> None:
    """The entry point that `pip install` makes a command of."""
    run_command(main)


if __name__ == "__main__":
    run_command(main)
