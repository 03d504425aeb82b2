"""A ticket f(x; m * theta(a)): searched architecture, weights and mask in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from supertickets.masks import Masks, check_masks, sparsity
from supertickets.search import Layout, build_subnet, layout
from supertickets.supernet import Stage, Supernet, SupernetConfig

FORMAT = "supertickets ticket 1"


class TicketError(ValueError):
    """A ticket file that cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True)
class Ticket:
    """A searched net with its weights under a mask.

    Attributes:
        config: the supernet it was drawn from.
        layout: live search units per group.
        weights: state dict; pruned weights are 0.
        masks: bool, True = kept; empty for a dense subnet.
    """

    config: SupernetConfig
    layout: Layout
    weights: dict[str, Tensor]
    masks: Masks

    @classmethod
    def of(cls, net: Supernet, masks: Mapping[str, Tensor], weights: Mapping[str, Tensor] | None = None) -> Ticket:
        """Copy of `net` (or of other `weights` for it) under `masks`."""
        state = net.state_dict() if weights is None else {**net.state_dict(), **weights}
        copied = {
            name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in state.items()
        }
        kept = {name: mask.detach().cpu().clone() for name, mask in masks.items()}
        if kept:
            check_masks(net, masks)
            for name, mask in kept.items():
                copied[name].masked_fill_(~mask, 0.0)
        return cls(net.config, layout(net), copied, kept)

    def net(self) -> Supernet:
        """The ticket as a module, on the CPU.

        Raises:
            TicketError: weights or masks that do not fit the architecture.
        """
        net = build_subnet(self.config, self.layout)
        try:
            net.load_state_dict(self.weights)
        except RuntimeError as error:
            raise TicketError(f"weights do not fit the ticket's architecture: {error}") from error
        if self.masks:
            check_masks(net, self.masks)
        return net

    @property
    def sparsity(self) -> float:
        """Fraction of zeros over the prunable weights of the subnet, 0..1."""
        return sparsity(self.masks)

    def to_bytes(self) -> bytes:
        """Deterministic safetensors image."""
        tensors = {f"weights/{name}": value for name, value in self.weights.items()}
        tensors |= {f"masks/{name}": mask for name, mask in self.masks.items()}
        about = {"format": FORMAT, "config": asdict(self.config), "layout": self.layout}
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
        return cls(config_from(about["config"]), about["layout"], parts["weights"], parts["masks"])


def config_from(values: dict[str, Any]) -> SupernetConfig:
    """Undo `asdict` after a trip through JSON."""
    known = {field.name for field in fields(SupernetConfig)}
    if unknown := sorted(values.keys() - known):
        raise TicketError(f"supernet field {unknown[0]!r} is unknown to this version of supertickets")
    tuples: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    tuples["stages"] = tuple(Stage(tuple(s["blocks"]), tuple(s["channels"])) for s in values["stages"])
    return SupernetConfig(**tuples)
