"""`supertickets predict`: what a ticket says of pictures, as overlays, JSON and CSV."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from supertickets.commands import Command


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", type=Path, metavar="TICKET")
    parser.add_argument("pictures", type=Path, metavar="IMAGE|FOLDER", help="for pose, each shows one person")
    parser.add_argument(
        "--out", type=Path, default=Path("predictions"), metavar="FOLDER", help="(default: predictions)"
    )
    parser.add_argument("--engine", action="store_true", help="run the sparse engine instead of torch")


def _run(options: Namespace) -> int:
    import json

    import numpy as np
    import torch

    import supertickets
    from supertickets.data.errors import DataError
    from supertickets.data.files import listed
    from supertickets.data.own_layouts import PICTURES
    from supertickets.data.pictures import decode_rgb, read_picture
    from supertickets.engine import Engine
    from supertickets.files import require_writable, write_atomically, write_csv
    from supertickets.own.kinds import kind
    from supertickets.purpose import purpose_of

    ticket = supertickets.load(options.ticket)
    purpose = purpose_of(ticket)
    names = purpose.names or tuple(str(index) for index in range(ticket.architecture.outputs))
    choices = kind(purpose.task)
    paths = listed(options.pictures, *PICTURES) if options.pictures.is_dir() else [options.pictures]
    if not paths:
        raise DataError(f"{options.pictures} holds no picture ({', '.join(PICTURES)})")
    require_writable(options.out)
    runner = Engine(ticket) if options.engine else ticket.net().eval()
    answers, faults = {}, 0
    for path in paths:
        try:
            picture = decode_rgb(read_picture(path), path)
        except DataError as error:
            print(f"error: {error}", file=sys.stderr)
            faults += 1
            continue
        pixels = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)
        output = supertickets.predict(ticket, pixels[None], runner)[0]
        answers[path.name] = choices.answer(output, names)
        with (options.out / f"{path.name}.overlay.png").open("wb") as file:
            choices.overlay(picture, output, names).save(file, "PNG")
    if answers:
        write_atomically(options.out / "predictions.json", json.dumps(answers, indent=1).encode())
        rows = [{"picture": name, **row} for name, found in answers.items() for row in found]
        write_csv(options.out / "predictions.csv", list(rows[0]), rows)
        print(f"wrote {len(answers)} overlays, predictions.json and predictions.csv to {options.out}")
    return 2 if faults else 0


COMMAND = Command("predict", "tell what a ticket says of pictures: overlays, JSON and CSV", _add, _run)
