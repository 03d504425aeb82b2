"""State of a training as plain tensors and numbers, from which it goes on bit for bit.

It is stored after every epoch, so it has to cost little: some thousand small tensors lie end to end in one per type,
since a file of so many takes longer to write than an epoch of a small net to train.
"""

from __future__ import annotations

import json
import math
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from supertickets.search import layout
from supertickets.ticket import Ticket
from supertickets.training import Progress, Training

STATE = "state "
"""Prefix of the groups that hold kept states."""


def _packed(tensors: dict[str, Tensor], about: dict[str, Any]) -> bytes:
    """One file of `about` and all tensors, the same whatever order these come in."""
    by_type: dict[str, list[str]] = {}
    for name in sorted(tensors):
        by_type.setdefault(str(tensors[name].dtype).removeprefix("torch."), []).append(name)
    shapes = {kind: {name: list(tensors[name].shape) for name in names} for kind, names in by_type.items()}
    joined = {
        kind: torch.cat([tensors[name].detach().contiguous().flatten() for name in names]).cpu()
        for kind, names in by_type.items()
    }
    # one entry, because the order of several is left to chance
    return save_tensors(joined, metadata={"training": json.dumps({"facts": about, "shapes": shapes})})


def _unpacked(image: bytes) -> dict[str, Tensor]:
    shapes: dict[str, dict[str, list[int]]] = _metadata(image)["shapes"]
    tensors: dict[str, Tensor] = {}
    for kind, joined in load_tensors(image).items():
        pieces = joined.split([math.prod(shape) for shape in shapes[kind].values()])
        tensors |= {
            name: piece.view(shape).clone() for piece, (name, shape) in zip(pieces, shapes[kind].items(), strict=True)
        }
    return tensors


def _metadata(image: bytes) -> dict[str, Any]:
    length = int.from_bytes(image[:8], "little")
    metadata: dict[str, Any] = json.loads(json.loads(image[8 : 8 + length])["__metadata__"]["training"])
    return metadata


def training_state(training: Training) -> bytes:
    """Weights, masks, stored values, moments, averages and counters; random streams are functions of the epoch."""
    groups: dict[str, dict[str, Tensor]] = {
        "net": dict(training.net.state_dict()),
        "masks": training.sparse.masks,
        "stash": training.sparse.stash,
        "average_stash": training.sparse.average_stash,
    }
    for name, parameter in training.net.named_parameters():
        for key, value in training.optimizer.state.get(parameter, {}).items():
            groups.setdefault(f"moments.{key}", {})[name] = value
    if training.averages is not None:
        groups["averages"] = training.averages.values
    groups |= {f"{STATE}{name}": state for name, state in training.states.states.items()}
    tensors = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
    about: dict[str, Any] = {
        "layout": layout(training.net),
        "epoch": training.progress.epoch,
        "history": training.progress.history,
        "active": training.sparse.active,
        "normaliser": training.penalty.normaliser if training.penalty else None,
        "average_updates": training.averages.updates if training.averages else 0,
        "kept_layout": training.kept.layout if training.kept else None,
    }
    if training.kept is not None:
        tensors |= {f"kept.weights/{name}": value for name, value in training.kept.weights.items()}
        tensors |= {f"kept.masks/{name}": value for name, value in training.kept.masks.items()}
    return _packed(tensors, about)


def saved_facts(image: bytes) -> dict[str, Any]:
    """The counters of a stored state: enough to build the net it needs."""
    facts: dict[str, Any] = _metadata(image)["facts"]
    return facts


def restore(training: Training, image: bytes) -> None:
    """Put a stored state into `training`, whose net must have been built with the stored layout."""
    facts = saved_facts(image)
    parts: dict[str, dict[str, Tensor]] = {}
    for name, value in _unpacked(image).items():
        group, _, rest = name.partition("/")
        parts.setdefault(group, {})[rest] = value.to(training.device)
    training.net.load_state_dict(parts["net"])
    _restore_moments(training.net, training.optimizer, parts)
    sparse = training.sparse
    sparse.masks, sparse.stash = parts.get("masks", {}), parts.get("stash", {})
    sparse.average_stash = parts.get("average_stash", {})
    if training.averages is not None:
        training.averages.values = parts["averages"]
        training.averages.updates = facts["average_updates"]
    training.states.states = {
        group.removeprefix(STATE): values for group, values in parts.items() if group.startswith(STATE)
    }
    sparse.active = facts["active"]
    sparse.units_removed()
    training.progress = Progress(facts["epoch"], facts["history"])
    if facts["kept_layout"] is not None:
        kept = {kind: {k: v.cpu() for k, v in parts.get(f"kept.{kind}", {}).items()} for kind in ("weights", "masks")}
        training.kept = Ticket(training.net.config, facts["kept_layout"], kept["weights"], kept["masks"])


def _restore_moments(net: nn.Module, optimizer: torch.optim.Optimizer, parts: dict[str, dict[str, Tensor]]) -> None:
    parameters = dict(net.named_parameters())
    for group, values in parts.items():
        if not group.startswith("moments."):
            continue
        for name, value in values.items():
            parameter = parameters[name]
            same_layout = value if value.dim() == 0 else torch.empty_like(parameter).copy_(value)
            optimizer.state[parameter][group.removeprefix("moments.")] = same_layout
