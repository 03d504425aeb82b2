# PYTHON_ARGCOMPLETE_OK
"""Command line of the data sets: `python -m bench.convert camvid --segnet FOLDER --data-root DIR`, `--check ROOT`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.convert import bring, conversions
from bench.data import data_set
from supertickets.argument_types import MOST_THREADS, WholeNumber, usable_cores
from supertickets.command_line import run_command
from supertickets.command_parser import CommandParser, command_parser
from supertickets.data.errors import DataError


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one data set, or look at all files of some.

    Returns:
        0; 1 where a file is not as it should be; 2 where sources, target or root cannot be used.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.check is not None:
        return _checked(options.check.expanduser(), options.set or [], options.workers)
    if options.name is None:
        parser.error("name a data set that is to be converted, or --check ROOT")
    conversion = conversions()[options.name]
    sources = {name: getattr(options, name).expanduser() for name in conversion.sources}
    root = options.data_root.expanduser()
    try:
        identity = bring(conversion, data_set(conversion.name), sources, root)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {root / conversion.name}, data_id {identity}; use it with --data-root {root}")
    return 0


def _checked(root: Path, names: list[str], workers: int) -> int:
    from bench.data.check import check  # decodes, so that it loads torch

    try:
        return check(root, names, workers)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _parser() -> CommandParser:
    parser = command_parser(
        "bench.convert", "Bring a downloaded data set into the layout the suite reads, or look at all its files."
    )
    parser.add_argument(
        "--check", type=Path, metavar="ROOT", help="list all that is wrong with the sets below a folder"
    )
    parser.add_argument(
        "--set",
        action="append",
        metavar="NAME",
        help="with --check: only this set; may be given several times",
    )
    parser.add_argument(
        "--workers",
        type=WholeNumber(1, MOST_THREADS),
        default=usable_cores(),
        help="with --check: processes that decode (default: one per core)",
    )
    sets = parser.add_subparsers(dest="name", metavar="SET")
    for conversion in conversions().values():
        one = sets.add_parser(conversion.name, help=f"needs {', '.join(f'--{name}' for name in conversion.sources)}")
        for name, what in conversion.sources.items():
            one.add_argument(f"--{name}", type=Path, required=True, metavar="FOLDER", help=what)
        one.add_argument("--data-root", type=Path, required=True, help="folder that gets a folder of the set's name")
    return parser


if __name__ == "__main__":
    run_command(main)
