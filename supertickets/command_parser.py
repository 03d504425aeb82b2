"""The parser of every command's arguments; what it imports is loaded before `--help` answers, so it loads little."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from supertickets.completion import complete
from supertickets.wording import unknown

SUITE = "supertickets-bench"
"""The command that has the others as subcommands."""


class CommandParser(argparse.ArgumentParser):
    """Tells what is wrong in one line, and which word was meant where one is misspelled; completes words in a shell."""

    def parse_args(self, *args: Any, **kwargs: Any) -> Any:
        """Return the arguments, or end the process where a shell only asks what may follow."""
        complete(self)
        return super().parse_args(*args, **kwargs)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, unknown(str(value), map(str, action.choices)))

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}; --help shows all arguments\n")


def command_parser(module: str, description: str) -> CommandParser:
    """Return the parser of `python -m <module>`, which is also a subcommand of `supertickets-bench`."""
    called = sys.argv[0]
    return CommandParser(prog=called if called.startswith(SUITE) else f"python -m {module}", description=description)
