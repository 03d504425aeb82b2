"""A ticket f(x; m * theta(a)): searched architecture, weights and mask in one safetensors file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from supertickets.architecture import Architecture, Shape
from supertickets.masks import Masks, check_fit, sparsity
from supertickets.memory import stored_form
from supertickets.purpose import Purpose
from supertickets.tensor_files import TicketError, check_storable
from supertickets.ticket_files import TicketFile, image_of

__all__ = ["Ticket", "TicketError"]


@dataclass(frozen=True)
class Ticket:
    """A searched net with its weights under a mask.

    Attributes:
        architecture: what it was drawn from.
        shape: what the search left of it.
        weights: state dict; pruned weights are 0.
        masks: bool, True = kept, of the weights that were compared when it was pruned; empty for a dense subnet.
        purpose: what it is for, if that is known.
        provenance: how it came about, in words by name.
    """

    architecture: Architecture
    shape: Shape
    weights: dict[str, Tensor]
    masks: Masks
    purpose: Purpose | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.purpose is not None:
            self.purpose.check_outputs(self.architecture.outputs)

    @classmethod
    def of(
        cls,
        architecture: Architecture,
        net: nn.Module,
        masks: Mapping[str, Tensor],
        weights: Mapping[str, Tensor] | None = None,
    ) -> Ticket:
        """Copy of `net` (or of other `weights` for it) under `masks`.

        Raises:
            MaskError: masks that do not fit the net.
            TicketError: for what no file holds, an extra state or complex weights.
        """
        state: dict[str, Any] = {**net.state_dict(), **(weights or {})}
        check_storable(state)
        copied = {name: stored_form(value) for name, value in state.items()}
        kept = {name: stored_form(mask) for name, mask in masks.items()}
        check_fit(copied, kept)
        for name, mask in kept.items():
            copied[name].masked_fill_(~mask, 0.0)
        return cls(architecture, architecture.shape(net), copied, kept)

    def net(self) -> nn.Module:
        """The ticket as a module, on the CPU.

        Raises:
            TicketError: weights or masks that do not fit the architecture.
        """
        net = self.architecture.shaped(self.shape)
        try:
            net.load_state_dict(self.weights)
        except RuntimeError as error:
            raise TicketError(f"weights do not fit the ticket's architecture: {error}") from error
        check_fit(self.weights, self.masks)
        return net

    @property
    def sparsity(self) -> float:
        """Fraction of zeros over the weights that were compared when it was pruned, 0..1."""
        return sparsity(self.masks)

    def to_bytes(self) -> bytes:
        """Deterministic image of a file (`supertickets.ticket_files`), without the zeros that are pruned.

        Raises:
            TicketError: a weight that is not 0 where it is pruned, or a provenance that no file holds.
        """
        return image_of(self.architecture, self.shape, self.weights, self.masks, self.purpose, self.provenance)

    def digest(self) -> str:
        """64 hexadecimal digits that no other ticket has."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def load(cls, path: Path) -> Ticket:
        """Read a ticket file, which may come from anywhere: that all of it fits is known before a weight is read.

        Raises:
            TicketError: a missing, truncated, damaged or foreign file, or parts that do not fit each other.
        """
        if not path.exists():
            raise TicketError(f"no ticket file {path}; check the path")
        if path.is_dir():
            raise TicketError(f"{path} is a folder: give the file of a ticket")
        try:
            found = TicketFile(path)
        except TicketError as error:
            raise TicketError(
                f"cannot read ticket {path}: {error}; it is damaged or no ticket of this version: write it again"
            ) from error
        return cls(found.architecture, found.shape, found.weights, found.masks, found.purpose, found.provenance)
