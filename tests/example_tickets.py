"""Ticket files of every form, and what reading a changed one has to come to."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from supertickets.masks import global_masks
from supertickets.purpose import Purpose
from supertickets.ticket import Ticket, TicketError
from tests.properties.small import TINY, randomise

WHOLE = (Path(__file__).parent / "properties" / "data" / "ticket_format_2.safetensors").read_bytes()
"""The ticket of `image(50)` as the version before wrote it: every weight and mask whole."""
PURPOSE = Purpose("segmentation", ("road", "sky", "car"), (64, 128), (0.5, 0.4, 0.3), (0.2, 0.2, 0.1))


@cache
def image(percent: int = 50) -> bytes:
    """A pruned ticket, of which at 95 % some places are stored as gaps."""
    net = TINY.build(0)
    randomise(net, 0)
    scores = {name: weight.detach().abs() for name, weight in TINY.prunable(net, "all").items()}
    ticket = Ticket.of(TINY, net, global_masks(scores, percent))
    return (ticket if percent == 50 else replace(ticket, purpose=PURPOSE)).to_bytes()


IMAGES = {"bits": image(50), "gaps and purpose": image(95), "format 2": WHOLE}


def is_told_or_equal(path: Path, content: bytes, whole: bytes) -> None:
    path.write_bytes(content)
    try:
        found = Ticket.load(path)
    except TicketError as error:
        told = str(error)
        assert told.startswith(f"cannot read ticket {path}: ") and told.endswith("write it again"), told
        assert len(told) < 1000 and "\n" not in told
    else:
        path.write_bytes(whole)
        assert found.to_bytes() == Ticket.load(path).to_bytes()


def raw(header: bytes | str, length: int | None = None, data: bytes = b"") -> bytes:
    text = header.encode() if isinstance(header, str) else header
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


ONE = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
