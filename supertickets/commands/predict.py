"""`supertickets predict`: what a ticket says of pictures, as overlays, JSON and CSV."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from supertickets.commands import Command
from supertickets.wording import counted


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    parser.add_argument("pictures", type=Path, metavar="IMAGE|FOLDER", help="for pose, each shows one person")
    parser.add_argument(
        "--out", type=Path, default=Path("predictions"), metavar="FOLDER", help="(default: predictions)"
    )
    parser.add_argument("--engine", action="store_true", help="run the sparse engine instead of torch")


def _run(options: Namespace) -> int:
    import io
    import json

    import torch

    import supertickets
    from supertickets.data.errors import DataError
    from supertickets.data.files import entries
    from supertickets.data.own import undecoded
    from supertickets.data.own_layouts import PICTURES
    from supertickets.data.pictures import decode_rgb, pixels_of, read_picture
    from supertickets.engine import Engine
    from supertickets.files import require_writable, write_atomically, write_csv
    from supertickets.own.kinds import kind
    from supertickets.predicting import predicted
    from supertickets.purpose import purpose_of

    ticket = supertickets.load(options.ticket)
    purpose = purpose_of(ticket)
    names = purpose.names or tuple(str(index) for index in range(ticket.architecture.outputs))
    choices = kind(purpose.task)
    given: Path = options.pictures
    if not given.exists():
        raise DataError(f"{given} is missing: give a picture or a folder of them")
    paths, left_out = [given], list[str]()
    if given.is_dir():
        there = entries(given)
        paths, left_out = [path for path in there if path.suffix.lower() in PICTURES], undecoded(there)
    if not paths and not left_out:
        raise DataError(f"{given} holds no picture ({', '.join(PICTURES)}): give the folder that they are in")
    if given.is_dir() and options.out.exists() and options.out.samefile(given):
        raise DataError(f"--out {options.out} is the folder of the pictures, to which overlays would add: give another")
    runner = Engine(ticket) if options.engine else ticket.net().eval()
    answers: dict[str, list[dict[str, Any]]] = {}
    faults = sum(map(_told, left_out))
    for path in paths:
        try:
            picture = decode_rgb(read_picture(path), path)
        except DataError as error:
            faults += _told(str(error))
            continue
        if not answers:  # not before a picture could be read: where none can, nothing is left behind
            require_writable(options.out)
        output = predicted(ticket, torch.from_numpy(pixels_of(picture)).permute(2, 0, 1)[None], runner)[0]
        answers[path.name] = choices.answer(output, names)
        overlay = io.BytesIO()
        choices.overlay(picture, output, names).save(overlay, "PNG")
        write_atomically(options.out / f"{path.name}.overlay.png", overlay.getbuffer())
    if answers:
        write_atomically(options.out / "predictions.json", json.dumps(answers, indent=1).encode())
        rows = [{"picture": name, **row} for name, found in answers.items() for row in found]
        write_csv(options.out / "predictions.csv", list(rows[0]), rows)
        print(f"wrote {counted(len(answers), 'overlay')}, predictions.json and predictions.csv to {options.out}")
    return 2 if faults else 0


def _told(fault: str) -> int:
    """Tell a fault, after which it goes on, and count it."""
    print(f"error: {fault}", file=sys.stderr)
    return 1


COMMAND = Command("predict", "tell what a ticket says of pictures: overlays, JSON and CSV", _add, _run)
