"""Transfer: a ticket found on one data set, made ready for another (Sec. 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import torch

from supertickets.search import build_subnet
from supertickets.supernet.config import SupernetConfig
from supertickets.ticket import Ticket, TicketError

_T = TypeVar("_T")

HEAD = "head."
CLASSIFIER = "head.classifier."
BODY = ("stem", "stages", "kernels", "expansion", "tokens", "token_grid")
"""Fields of a supernet's config that decide the shape of stem and stages."""


def check_fit(source: SupernetConfig, target: SupernetConfig, other_head: bool) -> None:
    """Refuse a transfer between supernets of which one's tickets do not fit the other's role.

    Args:
        other_head: whether the head comes from a ticket of the target, so that only stem and stages have to agree.

    Raises:
        TicketError: naming the field.
    """
    for field in BODY if other_head else ("head",):
        ours, theirs = getattr(source, field), getattr(target, field)
        if ours != theirs:
            raise TicketError(
                f"cannot transfer: {field} is {ours!r} in the source's supernet, {theirs!r} in the target's"
            )


def transferred(source: Ticket, target: SupernetConfig, head: Ticket | None, seed: int) -> Ticket:
    """`source` with a classifier, or with a whole head, for the target.

    Args:
        source: architecture, mask and weights found on the source.
        target: supernet of the target; its BatchNorm settings hold from here on.
        head: None replaces only the classifier, by a fresh one without zeros; a ticket found on the target gives its
            head, mask included, and stem and stages come from `source`.
        seed: of the fresh classifier's weights.

    Raises:
        TicketError: supernets that do not fit (the message names the field).
    """
    check_fit(source.config, target, other_head=head is not None)
    if head is not None:
        return _joined(source, head, target)
    config = replace(
        source.config, outputs=target.outputs, bn_momentum=target.bn_momentum, bn_eps=target.bn_eps, init=target.init
    )
    fresh = Ticket.of(build_subnet(config, source.layout, seed), {})
    weight = f"{CLASSIFIER}weight"
    new_masks = {weight: torch.ones_like(fresh.weights[weight], dtype=torch.bool)} if source.masks else {}
    return Ticket(
        config,
        source.layout,
        source.weights | {name: value for name, value in fresh.weights.items() if name.startswith(CLASSIFIER)},
        source.masks | new_masks,
    )


def _joined(body: Ticket, head: Ticket, config: SupernetConfig) -> Ticket:
    """Stem and stages of one ticket, head of another."""

    def pick(of_body: Mapping[str, _T], of_head: Mapping[str, _T]) -> dict[str, _T]:
        kept = {name: item for name, item in of_body.items() if not name.startswith(HEAD)}
        return kept | {name: item for name, item in of_head.items() if name.startswith(HEAD)}

    return Ticket(
        config, pick(body.layout, head.layout), pick(body.weights, head.weights), pick(body.masks, head.masks)
    )
