"""Costs: additive over layers, never larger under a mask, and what a removal of units really leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.costs import Cost, cost
from supertickets.masks import MaskError
from supertickets.products import ProductError
from supertickets.searching import remove_units
from supertickets.supernet import SupernetConfig
from supertickets.supernet.block import SearchingBlock
from supertickets.units import unit_groups
from tests.net_masks import random_masks, whole_masks
from tests.properties.small import TWO_BRANCHES
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.fast
IMAGE = (32, 64)


def macs(found: Cost) -> tuple[int, int]:
    return found.macs_dense, found.macs_nonzero


@FEW
@given(st.integers(0, 10**6), st.sampled_from((1, 2)))
def test_macs_add_up_over_layers(seed: int, stride: int) -> None:
    first, second = nn.Sequential(nn.Conv2d(3, 3, 3, stride, 1)), nn.Sequential(nn.Conv2d(3, 5, 5, 1, 2), nn.ReLU())
    both = nn.Sequential(first, second)
    masks = random_masks(both, 60, seed)
    parts = [{name[2:]: mask for name, mask in masks.items() if name.startswith(prefix)} for prefix in ("0.", "1.")]
    one = cost(first, IMAGE, parts[0])
    two = cost(second, (IMAGE[0] // stride, IMAGE[1] // stride), parts[1])
    assert macs(cost(both, IMAGE, masks)) == tuple(a + b for a, b in zip(macs(one), macs(two), strict=True))


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_a_weight_costs_as_often_as_it_is_used(config: SupernetConfig, seed: int) -> None:
    net = config.build(0)
    masks = random_masks(net, 60, seed)
    found = cost(net, IMAGE, masks)
    assert 0 < found.macs_nonzero < found.macs_dense and found.params_nonzero < found.params_total
    pruned = sum(int((~mask).sum()) for mask in masks.values())
    assert found.params_total - found.params_nonzero == pruned
    assert found.params_total == sum(parameter.numel() for parameter in net.parameters())
    layers = {layer.name: layer for layer in found.layers if layer.params_total}
    assert layers.keys() == masks.keys(), "every prunable weight is counted once"
    for name, layer in layers.items():
        uses, rest = divmod(layer.macs_dense, layer.params_total)
        assert rest == 0 and layer.macs_nonzero == uses * int(masks[name].sum()) == uses * layer.params_nonzero


@pytest.mark.slow
@FEW
@given(small_configs())
def test_without_zeros_a_mask_saves_nothing(config: SupernetConfig) -> None:
    net = config.build(0)
    found = cost(net, IMAGE, whole_masks(net))
    assert found == cost(net, IMAGE)
    assert found.macs_nonzero == found.macs_dense == found.macs_official


@pytest.mark.slow
@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_masking_a_unit_out_costs_what_removing_it_leaves(config: SupernetConfig, seed: int) -> None:
    net = config.build(0)
    masks = whole_masks(net)
    random = torch.Generator().manual_seed(seed)
    survivors = {}
    for name, group in unit_groups(net).items():
        if not isinstance(group, SearchingBlock):
            continue
        alive = torch.rand(group.units, generator=random) < 0.5
        alive[0] = True
        survivors[name] = alive.nonzero().squeeze(1)
        masks[f"{name}.expand.weight"][~alive] = False
        masks[f"{name}.project.weight"][:, ~alive] = False
        for path, part in enumerate(alive.split(group.depthwise.channels)):
            masks[f"{name}.depthwise.weights.{path}"][~part] = False
    masked = cost(net, IMAGE, masks)
    remove_units(net, survivors)
    removed = cost(net, IMAGE)
    assert masked.macs_nonzero == removed.macs_dense
    gone = sum(int((~masks[f"{name}.expand.weight"].flatten(1).any(1)).sum()) for name in survivors)
    assert masked.params_nonzero - removed.params_total == 4 * gone, "scale and shift of two BatchNorms"


@pytest.mark.slow
def test_counting_changes_nothing() -> None:
    net = replace(TWO_BRANCHES, tokens=3).build(0).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    once, twice = cost(net, IMAGE), cost(net, IMAGE)
    assert once == twice and net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())


@pytest.mark.slow
def test_macs_grow_with_the_image_but_not_the_attention() -> None:
    net = replace(TWO_BRANCHES, tokens=3).build(0)
    small, large = cost(net, (64, 64)), cost(net, (64, 128))
    inside = [[layer.macs_dense for layer in c.layers if ".transformer." in layer.name] for c in (small, large)]
    assert inside[0] == inside[1] and inside[0]
    assert large.macs_dense - sum(inside[1]) == 2 * (small.macs_dense - sum(inside[0]))


def test_the_official_estimate_is_the_share_of_parameters() -> None:
    net = TWO_BRANCHES.build(0)
    found = cost(net, (64, 64), random_masks(net, 60))
    assert found.macs_official == found.macs_dense * found.params_nonzero / found.params_total
    assert found.macs_official != found.macs_nonzero


def test_masks_of_another_net_are_refused() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1))
    for masks, words in (
        ({"1.weight": torch.ones(4, 3, 1, 1, dtype=torch.bool)}, "mask for 1.weight, which the net does not have"),
        ({"0.weight": torch.ones(4, 3, dtype=torch.bool)}, r"mask of 0.weight has shape \(4, 3\)"),
        ({"0.weight": torch.ones(4, 3, 1, 1)}, "masks are bool"),
    ):
        with pytest.raises(MaskError, match=words):
            cost(net, (8, 8), masks)


class Unseen(nn.Module):
    """Attention written with functions alone, in a child of a net that else counts."""

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2)
        return nn.functional.scaled_dot_product_attention(tokens, tokens, tokens)


def test_a_product_without_a_module_is_refused() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1), Unseen())
    with pytest.raises(
        ProductError, match=r"1: Unseen multiplies 2048 times \(aten\.bmm\.default\), its rules count 0; register"
    ):
        cost(net, (8, 8))


class Scaled(nn.Module):
    """Multiplies with a parameter, element by element."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(shape))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


def test_weights_of_two_dimensions_need_a_rule_and_those_of_one_do_not() -> None:
    assert cost(nn.Sequential(nn.Conv2d(3, 4, 1), Scaled(8)), (8, 8)).macs_dense == 64 * 12
    with pytest.raises(ProductError, match=r"^1: Scaled owns weights but has no rule; register one with @products_of"):
        cost(nn.Sequential(nn.Conv2d(3, 4, 1), Scaled(8, 8)), (8, 8))
