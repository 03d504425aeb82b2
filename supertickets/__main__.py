# PYTHON_ARGCOMPLETE_OK
"""The command `supertickets`, also `python -m supertickets`: tickets of your own data, from drawing to deployment."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from supertickets.command_line import run_command
from supertickets.command_parser import CommandParser
from supertickets.commands import commands

AFTER_STOP = "the same command goes on where it was"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a subcommand; 2 where data, ticket or request cannot be used, each fault in a line."""
    known = commands()
    parser = CommandParser(prog="supertickets", description="Sparse nets from your own pictures. See docs/OWN_DATA.md.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in known.values():
        command.add_arguments(subparsers.add_parser(command.name, help=command.help))
    options = parser.parse_args(arguments)
    try:
        return known[options.command].run(options)
    except Exception as error:
        if not _is_told(error):
            raise
        for line in str(error).splitlines():
            print(f"error: {line}", file=sys.stderr)
        return 2


def _is_told(error: Exception) -> bool:
    """Whether an error is the user's affair, and not a fault of this program."""
    from supertickets.data.errors import DataError
    from supertickets.descriptions import DescriptionError
    from supertickets.engine import EngineError
    from supertickets.exports import ExportError
    from supertickets.kernels import KernelsUnavailable
    from supertickets.masks import MaskError
    from supertickets.own.errors import DrawError
    from supertickets.rounds import LatencyError
    from supertickets.tensor_files import TicketError

    told = (
        DataError, DescriptionError, DrawError, EngineError, ExportError, KernelsUnavailable, LatencyError, MaskError,
        TicketError,
    )  # fmt: skip
    return isinstance(error, told)


def keep_within_cache() -> None:
    """Give libraries folders of the cache for what they would write elsewhere: font lists, compiled code."""
    from supertickets.user_cache import user_cache

    for name, folder in {"MPLCONFIGDIR": "matplotlib", "TORCHINDUCTOR_CACHE_DIR": "torch"}.items():
        os.environ.setdefault(name, str(user_cache() / folder))


def main_of_process() -> int:
    """`main` in a process of its own."""
    keep_within_cache()
    return main()


def supertickets() -> None:
    """The entry point that `pip install` makes a command of."""
    run_command(main_of_process, AFTER_STOP)


if __name__ == "__main__":
    run_command(main_of_process, AFTER_STOP)
