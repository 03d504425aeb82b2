"""Lottery tickets: a found architecture and mask with other weights (Sec. C of the supplement, Tab. 9).

RR-Init: fresh random weights. LT-Init: the weights at initialisation. ELT-Init and LLT-Init: those of an early and of
a late moment of the supernet's training. All of them are then trained with the mask fixed.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from supertickets.freezing import FrozenWeights
from supertickets.memory import canonical, stored_form
from supertickets.ticket import Ticket, TicketError


class KeptStates:
    """Whole states of a net at earlier moments, by name; they shrink with its units and so fit its ticket."""

    def __init__(self) -> None:
        self.states: dict[str, dict[str, Tensor]] = {}

    @torch.no_grad()
    def keep(self, name: str, net: nn.Module, frozen: FrozenWeights) -> None:
        """Copy the present weights, stored values of pruned ones included, and BatchNorm state."""
        present = {**net.state_dict(), **frozen.values(frozen.stash)}
        self.states[name] = {key: value.detach().clone() for key, value in present.items()}

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        for state in self.states.values():
            state[name] = canonical(state[name].index_select(dim, index))

    def drop(self, name: str) -> None:
        for state in self.states.values():
            state.pop(name, None)

    def tickets(self, found: Ticket) -> dict[str, Ticket]:
        """Every kept state in the architecture of `found`, dense."""
        return {
            name: replace(found, weights={key: stored_form(value) for key, value in state.items()}, masks={})
            for name, state in self.states.items()
        }


def rewound(found: Ticket, state: Ticket) -> Ticket:
    """The architecture and mask of `found` with the weights and BatchNorm state of `state`.

    Raises:
        TicketError: when the two are of different architectures.
    """
    if (state.architecture, state.shape) != (found.architecture, found.shape):
        raise TicketError("the state to rewind to has another architecture than the ticket: run its search again")
    return Ticket.of(found.architecture, state.net(), found.masks)


def reinitialised(found: Ticket, seed: int) -> Ticket:
    """The architecture and mask of `found` with fresh random weights (RR-Init)."""
    return Ticket.of(found.architecture, found.architecture.shaped(found.shape, seed), found.masks)
