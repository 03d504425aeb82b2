# PYTHON_ARGCOMPLETE_OK
"""Command line of the conversions: `python -m bench.convert camvid --segnet FOLDER --data-root DIR`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.convert import bring, conversions
from bench.data import DataError, data_set
from supertickets.command_line import run_command
from supertickets.command_parser import CommandParser, command_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one data set; returns 0, or 2 where sources or target cannot be used."""
    options = _parser().parse_args(arguments)
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


def _parser() -> CommandParser:
    parser = command_parser("bench.convert", "Bring a downloaded data set into the layout the suite reads.")
    sets = parser.add_subparsers(dest="name", required=True, metavar="data set")
    for conversion in conversions().values():
        one = sets.add_parser(conversion.name, help=f"needs {', '.join(f'--{name}' for name in conversion.sources)}")
        for name, what in conversion.sources.items():
            one.add_argument(f"--{name}", type=Path, required=True, metavar="FOLDER", help=what)
        one.add_argument("--data-root", type=Path, required=True, help="folder that gets a folder of the set's name")
    return parser


if __name__ == "__main__":
    run_command(main)
