"""What is kept of a golden run, and when two of them are the same.

Counts, shapes and words have to be equal. Other numbers may differ by `TOLERANCE`, because processors add in other
orders: between kernels for SSE4, AVX2 and AVX-512, with and without oneDNN, on one thread and on two, and in either
memory layout they differed by at most 5e-6, and no count did.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from bench.experiments import Product, Step
from supertickets.seeding import generator
from supertickets.ticket import Ticket
from tests.golden.context import SIDE, TinyContext

TOLERANCE = 1e-4
"""Relative; twenty times what was seen."""


def computed(step: Step) -> dict[str, Any]:
    """The summary of a step's result, as plain JSON values."""
    return summary(step.compute(TinyContext()))


def summary(product: Product) -> dict[str, Any]:
    """A product's numbers, and of its tickets shape, number of pruned weights, norms and what they answer."""
    tickets = {name: _of_ticket(ticket) for name, ticket in product.tickets.items()}
    return {"numbers": dict(product.numbers), "tickets": tickets}


@torch.no_grad()
def _of_ticket(ticket: Ticket) -> dict[str, Any]:
    image = torch.rand(1, 3, SIDE, SIDE, generator=generator(0, "image"))
    statistics = {name for name, _ in ticket.net().named_buffers()}
    return {
        "shape": dict(ticket.shape),
        "pruned": sum(int((~mask).sum()) for mask in ticket.masks.values()),
        "of": sum(mask.numel() for mask in ticket.masks.values()),
        "weights": _norm(value for name, value in ticket.weights.items() if name not in statistics),
        "statistics": _norm(ticket.weights[name] for name in sorted(statistics)),
        "answer": _norm(_answer(ticket.net().eval()(image))),
    }


def _answer(output: Any) -> list[Tensor]:
    """What a net says; of a detector, how sure it is of what it finds."""
    return [output] if isinstance(output, Tensor) else [picture["scores"] for picture in output]


def _norm(values: Iterable[Tensor]) -> float:
    return math.sqrt(sum(float(value.double().square().sum()) for value in values))


def differences(stored: Any, now: Any, where: str = "") -> Iterator[str]:
    """Where two summaries disagree, as texts."""
    if isinstance(stored, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*stored, *now]):
            yield from differences(stored.get(name), now.get(name), f"{where}.{name}".removeprefix("."))
    elif isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        for number, pair in enumerate(zip(stored, now, strict=True)):
            yield from differences(*pair, f"{where}.{number}")
    elif isinstance(stored, float) and isinstance(now, float):
        if not math.isclose(stored, now, rel_tol=TOLERANCE):
            yield f"{where} was {stored:.6g} and is {now:.6g}"
    elif type(stored) is not type(now) or stored != now:
        yield f"{where} was {stored} and is {now}"
