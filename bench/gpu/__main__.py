# PYTHON_ARGCOMPLETE_OK
"""Command line: `python -m bench.gpu --minutes 8`."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.gpu.parts import modules
from supertickets.argument_types import PositiveNumber, WholeNumber, usable_cores
from supertickets.command_line import run_command
from supertickets.command_parser import CommandParser, command_parser

LONGEST_MINUTES = 24 * 60
MOST_WORKERS = max(64, usable_cores())
AFTER_STOP = "parts that are written stay; the same command goes on with the others"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that are not written yet, one after the other, until the time is over.

    Returns:
        0 when all are written and nothing in them failed; 1 when something failed; 2 for a folder that cannot be used;
        3 when parts were not run: no CUDA device, or no time left.
    """
    started = time.monotonic()
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(given)

    from bench.gpu.session import carry_out

    return carry_out(options, shlex.join(["python", "-m", "bench.gpu", *given]), started)


def parser() -> CommandParser:
    """Return the parser of the command line."""
    found = command_parser(
        "bench.gpu", "Test and time everything that needs a GPU. What is written stays; an interrupted command goes on."
    )
    found.add_argument("--part", nargs="+", choices=list(modules()), metavar="PART", help="parts to run (default: all)")
    found.add_argument(
        "--minutes",
        type=PositiveNumber(LONGEST_MINUTES),
        default=8.0,
        metavar="N",
        help="time for everything (default: 8); parts that are left over are told",
    )
    found.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="what to measure (default: cuda)")
    found.add_argument(
        "--rehearse", action="store_true", help="run every part as small as can be on the CPU: tries the code alone"
    )
    found.add_argument("--data-root", type=Path, help="folder with data sets (default: pictures are made up)")
    found.add_argument(
        "--workers", type=WholeNumber(1, MOST_WORKERS), help="processes that decode pictures (default: one per core)"
    )
    found.add_argument("--out", type=Path, help="folder to write to (default: named after the processor)")
    found.add_argument("--list", action="store_true", help="show the parts and whether they are written")
    return found


if __name__ == "__main__":
    run_command(main, AFTER_STOP)
