"""Shrinking a ticket: what its mask has made constant goes, and the net computes the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from bench.latency.shrink import shrink
from supertickets.costs import cost
from supertickets.supernet import Supernet, SupernetConfig
from supertickets.supernet.block import SearchingBlock
from supertickets.ticket import Ticket
from supertickets.units import unit_groups
from tests.net_masks import random_masks, whole_masks
from tests.properties.small import TINY, TWO_BRANCHES, randomise
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.slow
IMAGE = (32, 32)
BLOCK = "head.block"
CHANNELS = (2, 9)
"""Two hidden channels of `TINY`'s head, one of each kernel size."""


def output(ticket: Ticket) -> Tensor:
    images = torch.randn(2, 3, *IMAGE, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        return ticket.net().double().eval()(images)


def assert_same(ticket: Ticket, smaller: Ticket) -> None:
    expected = output(ticket)
    scale = float(expected.abs().max()) + 1e-30
    # buffers are float32: folding a constant into one rounds
    torch.testing.assert_close(output(smaller), expected, rtol=0, atol=1e-4 * scale)


def random_net(config: SupernetConfig, seed: int = 0) -> Supernet:
    net = config.build(seed)
    randomise(net, seed)
    return net


def random_ticket(config: SupernetConfig, percent: int, seed: int) -> Ticket:
    net = random_net(config, seed)
    return Ticket.of(config, net, random_masks(net, percent, seed))


@FEW
@given(small_configs(), st.sampled_from((0, 50, 80, 90, 95, 99)), st.integers(0, 10**6))
def test_a_shrunk_ticket_computes_the_same(config: SupernetConfig, percent: int, seed: int) -> None:
    ticket = random_ticket(config, percent, seed)
    smaller = shrink(ticket)
    assert_same(ticket, smaller)
    before, after = (cost(each.net(), IMAGE, each.masks) for each in (ticket, smaller))
    assert after.macs_dense <= before.macs_dense and after.macs_nonzero <= before.macs_nonzero
    assert shrink(smaller).shape == smaller.shape, "nothing is left to remove"
    assert smaller.masks.keys() == config.prunable(smaller.net(), "all").keys()
    for name in smaller.masks:
        assert torch.equal(smaller.weights[name] != 0, smaller.masks[name]), "masks follow their weights"


def test_a_mask_that_kills_no_channel_changes_nothing() -> None:
    ticket = random_ticket(TWO_BRANCHES, 20, 3)
    assert shrink(ticket).to_bytes() == ticket.to_bytes()


def silence(net: Supernet, how: str) -> Ticket:
    """A ticket of `net` in which two channels of the head's block are dead in one of the ways there are."""
    block = net.get_submodule(BLOCK)
    assert isinstance(block, SearchingBlock) and block.expand is not None
    masks = whole_masks(net)
    starts = (0, block.depthwise.channels[0])
    for path, channel in enumerate(CHANNELS):
        if how == "nothing reads it":
            masks[f"{BLOCK}.project.weight"][:, channel] = False
        elif how == "depthwise filter":
            masks[f"{BLOCK}.depthwise.weights.{path}"][channel - starts[path]] = False
        elif how.startswith("expansion"):
            masks[f"{BLOCK}.expand.weight"][channel] = False
            norm = block.expand_bn
            with torch.no_grad():
                norm.running_mean[channel] = 0.0
                norm.weight[channel] = 1.0
                norm.bias[channel] = -0.5 if how == "expansion, sent to zero" else 0.5
        elif how == "scale":
            with torch.no_grad():
                block.depthwise_bn.weight[channel] = 0.0
    return Ticket.of(TINY, net, masks)


@pytest.mark.parametrize("how", ["nothing reads it", "depthwise filter", "expansion, sent to zero", "scale"])
def test_every_kind_of_dead_channel_goes(how: str) -> None:
    net = random_net(TINY)
    with torch.no_grad():
        net.get_submodule(BLOCK).depthwise_bn.bias.fill_(0.7)  # so that the constants are not zero
    ticket = silence(net, how)
    smaller = shrink(ticket)
    assert ticket.shape[BLOCK] == [8, 8] and smaller.shape[BLOCK] == [7, 7]
    assert {name: units for name, units in smaller.shape.items() if name != BLOCK} == {
        name: units for name, units in ticket.shape.items() if name != BLOCK
    }
    assert_same(ticket, smaller)


def test_an_expansion_that_comes_out_above_zero_stays_for_its_borders() -> None:
    ticket = silence(random_net(TINY), "expansion, kept above zero")
    assert shrink(ticket).shape == ticket.shape


@pytest.mark.parametrize("constant", [0.0, 0.7])
def test_a_dead_block_goes_unless_it_adds_a_constant(constant: float) -> None:
    net = random_net(TINY)
    masks = whole_masks(net)
    for path in range(2):
        masks[f"{BLOCK}.depthwise.weights.{path}"][:] = False
    block = net.get_submodule(BLOCK)
    with torch.no_grad():
        for norm in (block.depthwise_bn, block.project_bn):
            norm.bias.fill_(constant)
            norm.running_mean.zero_()
    ticket = Ticket.of(TINY, net, masks)
    smaller = shrink(ticket)
    assert smaller.shape[BLOCK] == ([1, 0] if constant else [])
    assert_same(ticket, smaller)


def test_tokens_stay_even_when_nothing_reads_them() -> None:
    config = replace(TINY, tokens=3)
    net = random_net(config)
    masks = whole_masks(net)
    name = next(name for name in unit_groups(net) if name.endswith("transformer"))
    masks[f"{name}.from_tokens.weight"][:, 1] = False
    ticket = Ticket.of(config, net, masks)
    smaller = shrink(ticket)
    assert smaller.shape[name] == [3]
    assert_same(ticket, smaller)
