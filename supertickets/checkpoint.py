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
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from supertickets.search_trainer import SearchTrainer
from supertickets.ticket import Ticket
from supertickets.trainer import Progress, Trainer

_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, RuntimeError)
"""What reading an image raises that somebody else has written."""

STATE, MOMENTS = "state ", "moments."
"""Prefixes of the groups that hold kept states and the optimizer's."""


class CheckpointError(ValueError):
    """A stored state that cannot be gone on from."""


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


def _unpacked(image: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The facts and the tensors of a stored state."""
    training = _training(image)
    tensors: dict[str, Tensor] = {}
    try:
        shapes: dict[str, dict[str, list[int]]] = training["shapes"]
        for kind, joined in load_tensors(image).items():
            pieces = joined.split([math.prod(shape) for shape in shapes[kind].values()])
            tensors |= {
                name: piece.view(shape).clone()
                for piece, (name, shape) in zip(pieces, shapes[kind].items(), strict=True)
            }
    except (SafetensorError, *_MALFORMED) as error:
        raise CheckpointError(f"its tensors are not what its heading says ({error})") from error
    return training["facts"], tensors


def _training(image: bytes) -> dict[str, Any]:
    """What the heading says of the training."""
    length = int.from_bytes(image[:8], "little")
    try:
        training: dict[str, Any] = json.loads(json.loads(image[8 : 8 + length])["__metadata__"]["training"])
        facts = training["facts"]
        known = isinstance(facts["shape"], dict) and isinstance(facts["history"], list) and facts["epoch"] >= 0
    except _MALFORMED as error:
        raise CheckpointError("it is no stored state of a training") from error
    if not known:
        raise CheckpointError("it is no stored state of a training")
    return training


def saved_state(trainer: Trainer) -> bytes:
    """Weights, masks, stored values, moments, averages and counters, which are the same in every process.

    Random streams are functions of the epoch.
    """
    frozen, averages = trainer.frozen, trainer.averages
    groups: dict[str, Mapping[str, Tensor]] = {
        "net": trainer.net.state_dict(),
        "masks": frozen.masks,
        "stash": frozen.stash,
        "average_stash": frozen.average_stash,
    }
    groups |= {f"{MOMENTS}{kind}": tensors for kind, tensors in trainer.state.tensors().items()}
    groups |= {f"{STATE}{name}": state for name, state in trainer.states.states.items()}
    if averages is not None:
        groups["averages"] = averages.values
    facts: dict[str, Any] = {
        "shape": trainer.architecture.shape(trainer.net),
        "epoch": trainer.progress.epoch,
        "history": trainer.progress.history,
        "average_updates": averages.updates if averages else 0,
    }
    if trainer.scaler.is_enabled():
        facts["loss_scale"] = trainer.scaler.state_dict()
    if isinstance(trainer, SearchTrainer):
        facts["normaliser"] = trainer.penalty.normaliser
        if (kept := trainer.kept) is not None:
            facts["kept_shape"] = kept.shape
            groups |= {"kept.weights": kept.weights, "kept.masks": kept.masks}
    tensors = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
    return _packed(tensors, facts)


def saved_facts(image: bytes) -> dict[str, Any]:
    """The counters of a stored state: enough to build the net it needs.

    Raises:
        CheckpointError: it is no stored state.
    """
    facts: dict[str, Any] = _training(image)["facts"]
    return facts


def restore(trainer: Trainer, image: bytes) -> None:
    """Put a stored state into `trainer`, whose net must have been built with the stored shape.

    Raises:
        CheckpointError: it is no stored state, or another training's; `trainer` is of no use then.
    """
    facts, tensors = _unpacked(image)
    groups: dict[str, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        group, _, rest = name.partition("/")
        groups.setdefault(group, {})[rest] = value.to(trainer.batches.device)
    _check_weights(trainer.net, groups.get("net", {}))
    try:
        _put_back(trainer, facts, groups)
    except KeyError as error:
        raise CheckpointError(f"it is of another kind of training: {error} is in one of them alone") from error


def _put_back(trainer: Trainer, facts: dict[str, Any], groups: dict[str, dict[str, Tensor]]) -> None:
    trainer.net.load_state_dict(groups["net"])
    trainer.state.restore(_named(groups, MOMENTS))
    if trainer.averages is not None:
        trainer.averages.values = groups["averages"]
        trainer.averages.updates = facts["average_updates"]
    frozen = trainer.frozen
    frozen.masks, frozen.stash = groups.get("masks", {}), groups.get("stash", {})
    frozen.average_stash = groups.get("average_stash", {})
    frozen.prepare()
    if trainer.scaler.is_enabled():
        trainer.scaler.load_state_dict(facts["loss_scale"])
    trainer.progress = Progress(facts["epoch"], facts["history"])
    trainer.states.states = _named(groups, STATE)
    if isinstance(trainer, SearchTrainer) and "kept_shape" in facts:
        weights, masks = (
            {name: value.cpu() for name, value in groups.get(group, {}).items()}
            for group in ("kept.weights", "kept.masks")
        )
        trainer.kept = Ticket(trainer.architecture, facts["kept_shape"], weights, masks)


def _check_weights(net: nn.Module, stored: Mapping[str, Tensor]) -> None:
    own = {name: (value.shape, value.dtype) for name, value in net.state_dict().items()}
    if own != {name: (value.shape, value.dtype) for name, value in stored.items()}:
        raise CheckpointError("it is of another net")


def _named(groups: Mapping[str, dict[str, Tensor]], prefix: str) -> dict[str, dict[str, Tensor]]:
    return {group.removeprefix(prefix): values for group, values in groups.items() if group.startswith(prefix)}
