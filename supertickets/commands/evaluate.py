"""`supertickets evaluate`: how good a ticket is on a folder of pictures."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from supertickets.commands import Command, say_scores


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    parser.add_argument("data", type=Path, metavar="DATA", help="folder of the ticket's task and names")
    parser.add_argument("--split", choices=("train", "val"), default="val", help="(default: val)")


def _run(options: Namespace) -> int:
    import supertickets

    ticket = supertickets.load(options.ticket)
    say_scores(supertickets.evaluate(ticket, options.data, options.split))
    return 0


COMMAND = Command("evaluate", "tell how good a ticket is on a folder of pictures", _add, _run)
