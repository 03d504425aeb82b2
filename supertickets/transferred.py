"""Transfer: a ticket found on one data set, made ready for another (Sec. 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch

from supertickets.architecture import Architecture
from supertickets.ticket import Ticket

_T = TypeVar("_T")


def transferred(source: Ticket, target: Architecture, head: Ticket | None, seed: int) -> Ticket:
    """`source` with a classifier, or with a whole head, for the target.

    Args:
        source: architecture, mask and weights found on the source.
        target: architecture of the target; its BatchNorm settings hold from here on.
        head: None replaces only the classifier, by a fresh one without zeros; a ticket found on the target gives its
            head, mask included, and the rest comes from `source`.
        seed: of the fresh classifier's weights.

    Raises:
        ArchitectureError: architectures that do not fit (the message names the field).
    """
    if head is not None:
        joined = source.architecture.with_head_of(target)
        parts = joined.head
        return Ticket(
            joined,
            _other(source.shape, head.shape, parts),
            _other(source.weights, head.weights, parts),
            _other(source.masks, head.masks, parts),
        )
    architecture = source.architecture.with_outputs_of(target)
    fresh = Ticket.of(architecture, architecture.shaped(source.shape, seed), {})
    weights = _other(source.weights, fresh.weights, architecture.classifier)
    masks = {
        name: torch.ones_like(weights[name], dtype=torch.bool) if name.startswith(architecture.classifier) else mask
        for name, mask in source.masks.items()
    }
    return Ticket(architecture, source.shape, weights, masks)


def _other(body: Mapping[str, _T], parts: Mapping[str, _T], prefix: str) -> dict[str, _T]:
    """`body` with everything whose name begins with `prefix` taken from `parts`."""
    kept = {name: item for name, item in body.items() if not name.startswith(prefix)}
    return kept | {name: item for name, item in parts.items() if name.startswith(prefix)}
