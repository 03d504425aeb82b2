"""`supertickets draw`: a ticket from a folder of pictures."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from supertickets.argument_types import Amount, WholeNumber, image_size
from supertickets.commands import Command, add_data, add_training, say_scores, write_ticket
from supertickets.data.own_layouts import LAYOUTS


def _add(parser: ArgumentParser) -> None:
    add_data(parser, "folder of pictures, laid out for the task as told below")
    parser.add_argument("--task", choices=tuple(LAYOUTS), required=True, help="what is to be learned from them")
    small = parser.add_mutually_exclusive_group()
    small.add_argument(
        "--sparsity",
        type=WholeNumber(1, 99),
        nargs="+",
        help="share of zeros in whole percent (default: 90); several draw a curve",
    )
    small.add_argument("--macs", type=Amount(), help="multiply-accumulates for one picture, at most, as in 300M")
    small.add_argument("--size", type=Amount("B"), help="bytes of the file, at most, as in 500kB")
    parser.add_argument(
        "--image-size", type=image_size, metavar="HxW", help="of the net's input (default: by the data)"
    )
    add_training(parser)


def _run(options: Namespace) -> int:
    begun = time.monotonic()  # what is imported below takes seconds
    from supertickets.data.own import open_data
    from supertickets.files import require_file
    from supertickets.own.chart import Point, draw_curve, write_curve
    from supertickets.own.errors import DrawError
    from supertickets.own.kinds import kind
    from supertickets.own.request import Request
    from supertickets.own.target import target_of
    from supertickets.own.training import draw
    from supertickets.own.watching import watch

    out: Path = options.out
    several = options.sparsity or [None]
    if len(set(several)) < len(several):
        raise DrawError("a sparsity is given twice: drop one")
    targets = [target_of(one, options.macs, options.size) for one in several]
    names = [f"{out.stem}-{target.amount}{out.suffix}" for target in targets] if len(targets) > 1 else [out.name]
    require_file(out)
    for name in names:
        require_file(out.with_name(name))
    data = open_data(options.data, options.task)
    metric = kind(options.task).metric
    request = Request(options.minutes, options.seed, options.image_size, options.steps, options.rate)
    points, plan = [], None
    for name, target in zip(names, targets, strict=True):
        trained = draw(data, target, request, watch(), begun=begun, tickets=len(targets), like=plan)
        plan = trained.plan
        say_scores(trained.scores, trained.constant)
        write_ticket(out.with_name(name), trained.ticket, trained.history, metric)
        points.append(Point.of(target.amount, trained, metric))
    if len(points) > 1:
        print(write_curve(out.with_suffix(".curve.csv"), points, metric))
        print(draw_curve(out.with_suffix(".curve.png"), points, metric))
    return 0


COMMAND = Command("draw", "draw a ticket from a folder of pictures", _add, _run)
