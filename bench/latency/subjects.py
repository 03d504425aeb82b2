"""Which nets are timed: the baselines of Tab. 10, and the four stages of a ticket on its way from a supernet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from bench.latency.construct import CONSTRUCTED
from bench.latency.shrink import shrink
from bench.networks import network
from supertickets.evaluation import reestimate_batch_norm
from supertickets.ticket import Ticket

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True, eq=False)
class Subject:
    """A net to time.

    Attributes:
        network: its key in the CSV.
        weights: where its weights come from.
        net: in eval mode, fp32, on the CPU.
        masked: whether its weights hold zeros that a sparse kernel may skip.
    """

    network: str
    weights: str
    net: nn.Module
    masked: bool = False


def estimate_batch_norm(net: Net, image_size: tuple[int, int] = (128, 256)) -> Net:
    """Estimate an untrained net's BatchNorm statistics on two random images, in place; gives the net in eval mode.

    Without them, activations of deep untrained nets shrink or grow from layer to layer until they leave the range of
    normal numbers, for which processors are many times slower: times would be those of no trained net.
    """
    if any(isinstance(module, nn.BatchNorm2d) for module in net.modules()):  # others need not pass in train mode
        reestimate_batch_norm(net, [torch.randn(2, 3, *image_size, generator=torch.Generator().manual_seed(0))])
    return net.eval()


def baseline(key: str) -> Subject:
    """A baseline network, untrained.

    Raises:
        NetworkError: there is none of that name, or a library is missing.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = network(key).build()
    return Subject(key, "untrained", estimate_batch_norm(net))


def ticket_stages(name: str, ticket: Ticket, *, trained: bool) -> Iterator[Subject]:
    """The nets from supernet to ticket: what each step buys.

    `<name>/supernet` dense, before the search; `<name>/subnet` searched, without a mask; `<name>/masked` the same with
    zeros multiplied like any number; `<name>/shrunk` without the hidden channels that the mask has made constant.

    Args:
        ticket: the end of the way.
        trained: whether its weights and BatchNorm statistics come from training; those of supernet and subnet never do.
    """
    architecture, weights = ticket.architecture, "trained" if trained else CONSTRUCTED
    yield Subject(f"{name}/supernet", "untrained", estimate_batch_norm(architecture.build(0)))
    yield Subject(f"{name}/subnet", "untrained", estimate_batch_norm(architecture.shaped(ticket.shape)))
    net = ticket.net().eval() if trained else estimate_batch_norm(ticket.net())
    yield Subject(f"{name}/masked", weights, net, masked=bool(ticket.masks))
    smaller = shrink(Ticket.of(architecture, net, ticket.masks))
    yield Subject(f"{name}/shrunk", weights, smaller.net().eval(), masked=bool(smaller.masks))
