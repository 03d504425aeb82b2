"""SuperTickets: one supernet training that searches an architecture and prunes its weights (ECCV 2022).

Start reading at `two_in_one.py`, which is Algorithm 1 of the paper and nothing else. To draw a ticket from a folder of
pictures, and to use it:

    ticket = supertickets.draw("flowers", "classification", sparsity=90, minutes=20)
    ticket = supertickets.load("ticket.safetensors")
    answers = supertickets.predict(ticket, images)

Names below are imported when they are first asked for, so that `import supertickets` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supertickets.api import cost, draw, evaluate, export, load, predict, retrain, transfer
    from supertickets.data.errors import DataError
    from supertickets.exports import ExportError
    from supertickets.own.errors import DrawError
    from supertickets.purpose import Purpose
    from supertickets.ticket import Ticket, TicketError

__all__ = [
    "DataError", "DrawError", "ExportError", "Purpose", "Ticket", "TicketError", "cost", "draw", "evaluate", "export",
    "load", "predict", "retrain", "transfer",
]  # fmt: skip

_HOMES = {
    "DataError": "data.errors", "DrawError": "own.errors", "ExportError": "exports", "Purpose": "purpose",
    "Ticket": "ticket", "TicketError": "ticket",
}  # fmt: skip
"""Modules of the names that are not of `supertickets.api`."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'api')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
