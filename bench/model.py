"""Nets by what users call them: a ticket's file, a baseline network, one of torchvision's, or any callable."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

from torch import nn

from bench.model_names import ModelError, check_model_name, is_file
from bench.networks import NetworkError, network
from supertickets.architecture import Architecture
from supertickets.masks import Masks
from supertickets.supernet import SupernetConfig
from supertickets.ticket import Ticket, TicketError

OTHER_SIZE = (224, 224)
"""`(H, W)` for nets of which nothing else is known: ImageNet's."""


@dataclass(frozen=True)
class Model:
    """A net under masks (none: dense), the image size `(H, W)` it is meant for, and the ticket that it is, if any."""

    name: str
    net: nn.Module
    masks: Masks
    image_size: tuple[int, int]
    ticket: Ticket | None = None


def find(name: str) -> Model:
    """The net called `name`.

    Args:
        name: a ticket's file, a network of `bench.networks`, `torchvision:NAME`, or `package.module:callable` whose
            call without arguments gives a `torch.nn.Module`.

    Raises:
        ModelError: when there is none.
    """
    if is_file(check_model_name(name)):
        return _ticket(name)
    if name.startswith("torchvision:"):
        return Model(name, _torchvision(name.partition(":")[2]), {}, OTHER_SIZE)
    if ":" in name:
        return Model(name, _called(name), {}, OTHER_SIZE)
    try:
        known = network(name)
        return Model(name, known.build(), {}, known.input_size)
    except NetworkError as error:
        raise ModelError(str(error)) from error


def _ticket(name: str) -> Model:
    try:
        ticket = Ticket.load(Path(name))
        return Model(name, ticket.net(), ticket.masks, _intended_size(ticket.architecture), ticket)
    except TicketError as error:
        raise ModelError(str(error)) from error


def _intended_size(architecture: Architecture) -> tuple[int, int]:
    """Image size of the task that a supernet's head is for: ImageNet's, that of key points, or Cityscapes'."""
    if not isinstance(architecture, SupernetConfig) or architecture.head_kind == "classification":
        return OTHER_SIZE
    return (256, 192) if architecture.init == "heatmap" else (512, 1024)


def _torchvision(name: str) -> nn.Module:
    from torchvision import models

    try:
        builder = models.get_model_builder(name)
    except ValueError as error:
        near = difflib.get_close_matches(name, models.list_models(), cutoff=0.0)
        raise ModelError(f"torchvision has no model {name!r}; the nearest are {', '.join(near)}") from error
    backbone = {"weights_backbone": None} if "weights_backbone" in signature(builder).parameters else {}
    net: nn.Module = builder(weights=None, **backbone)
    return net


def _called(name: str) -> nn.Module:
    module, _, path = name.partition(":")
    try:
        found = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        net = found()  # type: ignore[operator]
    except Exception as error:  # whatever the user's code throws
        raise ModelError(f"cannot call {name}: {type(error).__name__}: {first_line(error)}") from error
    if not isinstance(net, nn.Module):
        raise ModelError(f"{name} gave a {type(net).__name__}: a call without arguments has to give a torch.nn.Module")
    if any(map(nn.parameter.is_lazy, net.parameters())):
        raise ModelError(f"{name} has lazy modules that no image has passed: run the net once before you return it")
    return net


def first_line(error: Exception) -> str:
    """What an error says, in one line; its type where it says nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
