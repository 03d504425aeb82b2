"""State of a training as plain tensors and numbers, from which it goes on bit for bit.

It is stored after every epoch, so it has to cost little: some thousand small tensors lie end to end in one per type,
since a file of so many takes longer to write than an epoch of a small net to train.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from supertickets.search_trainer import SearchTrainer
from supertickets.ticket import Ticket
from supertickets.trainer import Progress, Trainer

STATE, MOMENTS = "state ", "moments."
"""Prefixes of the groups that hold kept states and the optimizer's."""


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


def saved_state(trainer: Trainer) -> bytes:
    """Weights, masks, stored values, moments, averages and counters; random streams are functions of the epoch."""
    frozen, averages = trainer.frozen, trainer.averages
    groups: dict[str, Mapping[str, Tensor]] = {
        "net": trainer.net.state_dict(),
        "masks": frozen.masks,
        "stash": frozen.stash,
        "average_stash": frozen.average_stash,
    }
    groups |= {f"{MOMENTS}{kind}": tensors for kind, tensors in trainer.state.tensors().items()}
    if averages is not None:
        groups["averages"] = averages.values
    facts: dict[str, Any] = {
        "shape": trainer.architecture.shape(trainer.net),
        "epoch": trainer.progress.epoch,
        "history": trainer.progress.history,
        "average_updates": averages.updates if averages else 0,
    }
    if isinstance(trainer, SearchTrainer):
        facts["normaliser"] = trainer.penalty.normaliser
        groups |= {f"{STATE}{name}": state for name, state in trainer.states.states.items()}
        if (kept := trainer.kept) is not None:
            facts["kept_shape"] = kept.shape
            groups |= {"kept.weights": kept.weights, "kept.masks": kept.masks}
    tensors = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
    return _packed(tensors, facts)


def saved_facts(image: bytes) -> dict[str, Any]:
    """The counters of a stored state: enough to build the net it needs."""
    facts: dict[str, Any] = _metadata(image)["facts"]
    return facts


def restore(trainer: Trainer, image: bytes) -> None:
    """Put a stored state into `trainer`, whose net must have been built with the stored shape."""
    facts = saved_facts(image)
    groups: dict[str, dict[str, Tensor]] = {}
    for name, value in _unpacked(image).items():
        group, _, rest = name.partition("/")
        groups.setdefault(group, {})[rest] = value.to(trainer.batches.device)
    trainer.net.load_state_dict(groups["net"])
    trainer.state.restore(_named(groups, MOMENTS))
    if trainer.averages is not None:
        trainer.averages.values = groups["averages"]
        trainer.averages.updates = facts["average_updates"]
    frozen = trainer.frozen
    frozen.masks, frozen.stash = groups.get("masks", {}), groups.get("stash", {})
    frozen.average_stash = groups.get("average_stash", {})
    frozen.prepare()
    trainer.progress = Progress(facts["epoch"], facts["history"])
    if isinstance(trainer, SearchTrainer):
        trainer.states.states = _named(groups, STATE)
        if "kept_shape" in facts:
            weights, masks = (
                {name: value.cpu() for name, value in groups.get(group, {}).items()}
                for group in ("kept.weights", "kept.masks")
            )
            trainer.kept = Ticket(trainer.architecture, facts["kept_shape"], weights, masks)


def _named(groups: Mapping[str, dict[str, Tensor]], prefix: str) -> dict[str, dict[str, Tensor]]:
    return {group.removeprefix(prefix): values for group, values in groups.items() if group.startswith(prefix)}
