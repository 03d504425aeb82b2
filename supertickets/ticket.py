"""A ticket f(x; m * theta(a)): searched architecture, weights and mask in one safetensors file."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from supertickets.architecture import Architecture, ArchitectureError, Shape
from supertickets.architectures import architectures
from supertickets.masks import Masks, check_fit, sparsity
from supertickets.memory import outlined, stored_form
from supertickets.tensor_files import Entry, TicketError, check_storable, parsed, read_tensors

__all__ = ["Ticket", "TicketError"]

FORMAT = "supertickets ticket 2"
WEIGHTS, MASKS = "weights/", "masks/"
"""Prefixes of the names of tensors in a file."""


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
        """Deterministic safetensors image."""
        tensors = {f"weights/{name}": value for name, value in self.weights.items()}
        tensors |= {f"masks/{name}": mask for name, mask in self.masks.items()}
        about: dict[str, Any] = {
            "format": FORMAT,
            "kind": self.architecture.kind,
            "architecture": asdict(self.architecture),  # type: ignore[call-overload]
            "shape": self.shape,
        }
        about["digest"] = _digest(about, tensors)
        return save(tensors, metadata={"ticket": json.dumps(about, sort_keys=True)})

    @classmethod
    def load(cls, path: Path) -> Ticket:
        """Read a ticket file, which may come from anywhere: that all of it fits is known before a weight is read.

        Raises:
            TicketError: a missing, truncated, damaged or foreign file, or parts that do not fit each other.
        """
        if not path.exists():
            raise TicketError(f"no ticket file {path}; check the path")
        loading = _Loading()
        try:
            tensors = read_tensors(path, loading.check)
            return loading.ticket(tensors)
        except TicketError as error:
            raise TicketError(
                f"cannot read ticket {path}: {error}; it is damaged or no ticket of this version: write it again"
            ) from error


class _Loading:
    """A ticket between its header and its weights."""

    about: dict[str, Any]
    architecture: Architecture

    def check(self, metadata: Mapping[str, str], entries: Mapping[str, Entry]) -> None:
        """Refuse whatever is not a ticket of an architecture that exists, with its weights and masks."""
        self.about = about = parsed(metadata.get("ticket", "{}"), "what it says of itself")
        if about.get("format") != FORMAT:
            raise TicketError(f"it is no ticket of this version (expected {FORMAT!r})")
        wanted = {"format": str, "kind": str, "architecture": dict, "shape": dict, "digest": str}
        for name, kind in wanted.items():
            # files of before digests have none
            if not isinstance(about.get(name), kind) and (name in about or name != "digest"):
                raise TicketError(f"its {name} is {str(about.get(name))[:80]!r}, which is none")
        if unknown := about.keys() - wanted.keys():
            raise TicketError(f"it says {min(unknown)!r} of itself, which this version does not know")
        known = architectures()
        if about["kind"] not in known:
            raise TicketError(f"architecture {about['kind']!r} is none of {', '.join(known)}")
        try:
            self.architecture = known[about["kind"]].from_values(about["architecture"])
            with outlined(), warnings.catch_warnings(action="ignore"):  # of layers without elements
                net = self.architecture.shaped(about["shape"])
        except ArchitectureError as error:
            raise TicketError(str(error)) from error
        except (TypeError, ValueError, LookupError, ArithmeticError, AssertionError, RuntimeError) as error:
            raise TicketError(f"its architecture cannot be built ({error})") from error
        _check_entries(entries, net)

    def ticket(self, tensors: Mapping[str, Tensor]) -> Ticket:
        """The ticket, if its values are those that were stored."""
        about = {name: value for name, value in self.about.items() if name != "digest"}
        if (stored := self.about.get("digest")) is not None and stored != _digest(about, tensors):
            raise TicketError("its values are not those that were stored")
        weights = {name.removeprefix(WEIGHTS): value for name, value in tensors.items() if name.startswith(WEIGHTS)}
        masks = {name.removeprefix(MASKS): value for name, value in tensors.items() if name.startswith(MASKS)}
        for name, weight in weights.items():
            if not weight.isfinite().all():
                raise TicketError(f"{name} holds NaN or infinity: the run that wrote it has diverged")
        for name, mask in masks.items():
            if (mask.view(torch.uint8) > 1).any():
                raise TicketError(f"the mask of {name} holds other bytes than 0 and 1")
            if weights[name].masked_select(~mask).any():
                raise TicketError(f"{name} is not 0 where its mask prunes it")
        return Ticket(self.architecture, self.about["shape"], weights, masks)


def _check_entries(entries: Mapping[str, Entry], net: nn.Module) -> None:
    """Refuse tensors that are not exactly the state of `net`, and masks of its parameters."""
    parameters = dict(net.named_parameters(remove_duplicate=False))
    expected = {f"{WEIGHTS}{name}": Entry(value.dtype, tuple(value.shape)) for name, value in net.state_dict().items()}
    masks = {f"{MASKS}{name}": Entry(torch.bool, tuple(value.shape)) for name, value in parameters.items()}
    if missing := expected.keys() - entries.keys():
        raise TicketError(f"it lacks {min(missing)!r}")
    for name, entry in entries.items():
        fitting = expected.get(name) or masks.get(name)
        if fitting is None:
            raise TicketError(f"it holds {name!r}, which the net of its architecture does not have")
        if entry != fitting:
            raise TicketError(
                f"{name!r} is {entry.dtype} of shape {entry.shape}, the net needs {fitting.dtype} of {fitting.shape}"
            )


def _digest(about: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of everything that a ticket is."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
