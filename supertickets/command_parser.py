"""The parser of every command's arguments; what it imports is loaded before `--help` answers, so it loads little."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from supertickets.completion import complete
from supertickets.wording import nearest, unknown

SUITE = "supertickets-bench"
"""The command that has the others as subcommands."""

_UNKNOWN = "unrecognized arguments: "
"""How argparse begins to tell of flags that are none."""


class _Paragraphs(argparse.HelpFormatter):
    """Folds each paragraph of a text by itself."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        fill = super()._fill_text
        return "\n".join(fill(paragraph, width, indent) for paragraph in text.split("\n\n"))


class CommandParser(argparse.ArgumentParser):
    """Tells what is wrong in one line, and which word was meant where one is misspelled; completes words in a shell."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"formatter_class": _Paragraphs, **kwargs})

    def parse_args(self, *args: Any, **kwargs: Any) -> Any:
        """Return the arguments, or end the process where a shell only asks what may follow."""
        complete(self)
        return super().parse_args(*args, **kwargs)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, unknown(str(value), map(str, action.choices)))

    def error(self, message: str) -> NoReturn:
        _, is_flag, flags = message.partition(_UNKNOWN)
        if is_flag and (meant := nearest(flags.split()[0].partition("=")[0], self._option_string_actions)):
            message += f" (did you mean {meant}?)"
        self.exit(2, f"error: {message}; --help shows all arguments\n")


def command_parser(module: str, description: str) -> CommandParser:
    """Return the parser of `python -m <module>`, which is also a subcommand of `supertickets-bench`."""
    called = sys.argv[0]
    return CommandParser(prog=called if called.startswith(SUITE) else f"python -m {module}", description=description)
