"""`supertickets transfer`: a ticket on other data, its mask fixed; with the same names it is trained on."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Literal

from supertickets.argument_types import image_size
from supertickets.commands import Command, add_data, add_training, say_scores, write_ticket
from supertickets.data.own_layouts import LAYOUTS


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    add_data(parser, "folder of pictures, laid out for the task as told below")
    parser.add_argument("--task", choices=tuple(LAYOUTS), help="of the data (default: that of the ticket)")
    parser.add_argument(
        "--image-size", type=image_size, metavar="HxW", help="of the net's input (default: by the data)"
    )
    parser.add_argument(
        "--same-names", action="store_true", help="the data have the ticket's names: keep its classifier (retrain)"
    )
    add_training(parser)


def _run(options: Namespace) -> int:
    begun = time.monotonic()  # what is imported below takes seconds
    import supertickets
    from supertickets.data.own import open_data
    from supertickets.files import require_file
    from supertickets.own.kinds import kind
    from supertickets.own.request import Request
    from supertickets.own.training import train_on
    from supertickets.own.watching import watch
    from supertickets.purpose import purpose_of

    require_file(options.out)
    ticket = supertickets.load(options.ticket)
    task = options.task or purpose_of(ticket).task
    request = Request(options.minutes, options.seed, options.image_size, options.steps, options.rate)
    how: Literal["retrain", "transfer"] = "retrain" if options.same_names else "transfer"
    trained = train_on(ticket, open_data(options.data, task), request, how, watch(), begun=begun)
    say_scores(trained.scores, trained.constant)
    write_ticket(options.out, trained.ticket, trained.history, kind(task).metric)
    return 0


COMMAND = Command("transfer", "train a ticket on other pictures, with its mask fixed", _add, _run)
