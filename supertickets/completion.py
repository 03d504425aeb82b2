"""Completion of words in a shell, by argcomplete: the shell runs the command, which names what may follow and ends.

The shell asks with variables of the environment, so that nothing is loaded for it while nobody does.
"""

from __future__ import annotations

import argparse
import os

_ASKS = "_ARGCOMPLETE"
"""Which word of the line is the command, counted from 1; set while the shell asks."""


def complete(parser: argparse.ArgumentParser) -> None:
    """Name what may follow in a parser's place and end the process; return at once where no shell asks."""
    if _ASKS in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def subcommand() -> str | None:
    """Return the subcommand of the line that is being completed; None before it is whole, and where no shell asks.

    What follows it is left to the subcommand's own parser, which is not known before its module is loaded.
    """
    if _ASKS not in os.environ:
        return None
    from argcomplete.lexers import split_line

    line = os.environ["COMP_LINE"]
    *_, words, _ = split_line(line, int(os.environ["COMP_POINT"]))
    before = int(os.environ[_ASKS])
    if len(words) <= before:
        return None
    os.environ[_ASKS] = str(before + 1)
    chosen: str = words[before]
    return chosen
