"""`supertickets export`: a ticket for another runtime."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from supertickets.argument_types import image_size
from supertickets.commands import Command


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--onnx", type=Path, metavar="FILE", help="write an ONNX model, checked by ONNX Runtime")
    way.add_argument("--program", type=Path, metavar="FILE", help="write a program of torch.export, as in net.pt2")
    way.add_argument(
        "--engine", action="store_true", help="compile the sparse engine for this machine, and compare it with torch"
    )
    parser.add_argument("--image-size", type=image_size, metavar="HxW", help="(default: the ticket's own)")
    parser.add_argument("--dynamic", action="store_true", help="ONNX: any number of pictures of any one size")


def _run(options: Namespace) -> int:
    import supertickets
    from supertickets.exports import ExportError
    from supertickets.files import require_file
    from supertickets.purpose import purpose_of

    if options.dynamic and not options.onnx:
        raise ExportError("--dynamic is for ONNX alone: give --onnx, or drop it")
    ticket = supertickets.load(options.ticket)
    size = options.image_size or purpose_of(ticket).image_size
    if options.engine:
        return _engine(ticket, size)
    path: Path = options.onnx or options.program
    ending = ".onnx" if options.onnx else ".pt2"
    path = path if path.suffix else path.with_suffix(ending)
    if path.suffix != ending:
        raise ExportError(f"cannot export to {path}: end it in {ending}")
    require_file(path)
    supertickets.export(ticket, path, size, dynamic=options.dynamic)
    print(f"wrote {path}, which computes what torch does")
    return 0


def _engine(ticket: object, size: tuple[int, int]) -> int:
    import torch

    from supertickets.engine import Engine
    from supertickets.exports import require_same
    from supertickets.ticket import Ticket

    assert isinstance(ticket, Ticket)
    image = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    found = Engine(ticket)(image)
    difference = require_same(ticket.net().eval(), image, lambda _: found, "the engine", "use torch")
    print(f"the engine runs here; outputs differ from torch's by {difference:.1e} of their norm")
    return 0


COMMAND = Command("export", "write a ticket for another runtime", _add, _run)
