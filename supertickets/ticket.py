"""A ticket f(x; m * theta(a)): searched architecture, weights and mask in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from supertickets.architecture import Architecture, ArchitectureError, Shape
from supertickets.architectures import architectures
from supertickets.masks import Masks, check_fit, sparsity
from supertickets.memory import stored_form

FORMAT = "supertickets ticket 2"


class TicketError(ValueError):
    """A ticket file that cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True)
class Ticket:
    """A searched net with its weights under a mask.

    Attributes:
        architecture: what it was drawn from.
        shape: what the search left of it.
        weights: state dict; pruned weights are 0.
        masks: bool, True = kept, of the weights that were compared when it was pruned; empty for a dense subnet.
    """

    architecture: Architecture
    shape: Shape
    weights: dict[str, Tensor]
    masks: Masks

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
        """
        state = {**net.state_dict(), **(weights or {})}
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
        """Deterministic safetensors image."""
        tensors = {f"weights/{name}": value for name, value in self.weights.items()}
        tensors |= {f"masks/{name}": mask for name, mask in self.masks.items()}
        about = {
            "format": FORMAT,
            "kind": self.architecture.kind,
            "architecture": asdict(self.architecture),  # type: ignore[call-overload]
            "shape": self.shape,
        }
        return save(tensors, metadata={"ticket": json.dumps(about, sort_keys=True)})

    @classmethod
    def load(cls, path: Path) -> Ticket:
        """Read a ticket file.

        Raises:
            TicketError: a missing, truncated or foreign file.
        """
        if not path.is_file():
            raise TicketError(f"no ticket file {path}; check the path")
        try:
            with safe_open(path, framework="pt") as file:
                about = json.loads((file.metadata() or {}).get("ticket", "{}"))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        except (OSError, SafetensorError, json.JSONDecodeError) as error:
            raise TicketError(
                f"cannot read ticket {path}: {error}; it is damaged or no ticket: write it again"
            ) from error
        if about.get("format") != FORMAT:
            raise TicketError(f"{path} is no ticket of this version (expected {FORMAT!r}); write it again")
        parts: dict[str, dict[str, Tensor]] = {"weights": {}, "masks": {}}
        for name, value in tensors.items():
            kind, _, rest = name.partition("/")
            parts[kind][rest] = value
        known = architectures()
        if about["kind"] not in known:
            raise TicketError(f"{path}: architecture {about['kind']!r} is none of {', '.join(known)}")
        try:
            architecture = known[about["kind"]].from_values(about["architecture"])
        except ArchitectureError as error:
            raise TicketError(f"{path}: {error}") from error
        return cls(architecture, about["shape"], parts["weights"], parts["masks"])
