"""`supertickets evaluate`: how good a ticket is on a folder of pictures."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from supertickets.commands import Command, add_data, say_scores


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    add_data(parser, "folder of the ticket's task and names, laid out for the task as told below")
    parser.add_argument("--split", choices=("train", "val"), default="val", help="(default: val)")


def _run(options: Namespace) -> int:
    import supertickets

    ticket = supertickets.load(options.ticket)
    say_scores(supertickets.evaluate(ticket, options.data, options.split))
    return 0


COMMAND = Command("evaluate", "tell how good a ticket is on a folder of pictures", _add, _run)
