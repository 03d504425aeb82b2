"""The importance penalty: its prices against counted costs, its gradient against autograd of the written formula."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.costs import cost
from supertickets.searching import ImportancePenalty, Searching, input_sizes, remove_units
from supertickets.supernet import Supernet, SupernetConfig, build
from supertickets.units import unit_groups
from tests.properties.small import TINY, TWO_BRANCHES, randomise, trainer
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.fast
IMAGE = (32, 64)


def net_of(config: SupernetConfig, seed: int) -> Supernet:
    net = build(config, seed)
    randomise(net, seed)
    return net


def price(net: nn.Module, penalty: ImportancePenalty, name: str) -> Tensor:
    """MACs of each unit of one group."""
    return penalty.penalties[list(unit_groups(net)).index(name)] * penalty.normaliser


def without(config: SupernetConfig, gone: dict[str, list[int]]) -> Supernet:
    """A net that has lost the named units."""
    net = build(config, 0)
    units = {name: group.units for name, group in unit_groups(net).items()}
    kept = {name: [u for u in range(units[name]) if u not in lost] for name, lost in gone.items()}
    remove_units(net, {name: torch.tensor(keep, dtype=torch.int64) for name, keep in kept.items()})
    return net


@pytest.mark.slow
@FEW
@given(st.data())
def test_the_price_of_a_unit_is_what_removing_it_saves(data: st.DataObject) -> None:
    config = replace(TWO_BRANCHES, tokens=3)
    net = build(config, 0)
    groups = unit_groups(net)
    name = data.draw(st.sampled_from(sorted(groups)))
    unit = data.draw(st.integers(0, groups[name].units - 1))
    saved = cost(net, IMAGE).macs_dense - cost(without(config, {name: [unit]}), IMAGE).macs_dense
    penalty = ImportancePenalty(net, IMAGE)
    assert float(price(net, penalty, name)[unit]) == pytest.approx(saved, rel=1e-5)


@pytest.mark.slow
@FEW
@given(st.data())
def test_the_macs_of_several_units_are_what_removing_them_saves(data: st.DataObject) -> None:
    """Channels of any number of blocks, together; and several tokens, each at the price of the first to go."""
    net = build(TWO_BRANCHES, 0)
    groups = unit_groups(net)
    names = data.draw(st.sets(st.sampled_from(sorted(groups)), max_size=3))
    gone = {
        name: sorted(data.draw(st.sets(st.integers(0, groups[name].units - 1), min_size=1))) for name in sorted(names)
    }
    survivors = {
        name: torch.tensor([u for u in range(groups[name].units) if u not in lost], dtype=torch.int64)
        for name, lost in gone.items()
    }
    saved = cost(net, IMAGE).macs_dense - cost(without(TWO_BRANCHES, gone), IMAGE).macs_dense
    assert ImportancePenalty(net, IMAGE).macs_of(net, survivors) == saved
    tokens = build(replace(TINY, tokens=5), 0)
    name = next(name for name in unit_groups(tokens) if name.endswith("transformer"))
    penalty = ImportancePenalty(tokens, IMAGE)
    assert penalty.macs_of(tokens, {name: torch.arange(2)}) == pytest.approx(3 * float(price(tokens, penalty, name)[0]))


def written(net: nn.Module, image_size: tuple[int, int]) -> Tensor:
    """Sum over units of MACs / mean MACs times |r|."""
    sizes = input_sizes(net, image_size)
    prices, terms = [], []
    for name, group in unit_groups(net).items():
        assert group.scale is not None
        for unit, macs in enumerate(group.macs_per_unit(sizes[name]).tolist()):
            prices.append(macs)
            terms.append(macs * group.scale[unit].abs())
    return torch.stack(terms).sum() / (sum(prices) / len(prices))


@FEW
@given(small_configs(), st.integers(0, 10**6), st.floats(1e-6, 1.0))
def test_the_added_gradient_is_autograds_of_the_written_formula(config: SupernetConfig, seed: int, rho: float) -> None:
    net = net_of(config, seed)
    penalty = ImportancePenalty(net, IMAGE)
    scales = [group.scale for group in unit_groups(net).values() if group.scale is not None]
    with torch.no_grad():
        scales[0][0] = 0.0  # where autograd, too, says 0
    expected = torch.autograd.grad(rho * written(net, IMAGE), scales)
    for scale in scales:
        scale.grad = torch.ones_like(scale)
    penalty.add_gradients(rho)
    for scale, gradient in zip(scales, expected, strict=True):
        assert scale.grad is not None
        torch.testing.assert_close(scale.grad, 1 + gradient, rtol=1e-5, atol=1e-6)


def test_the_mean_price_stays_that_of_the_supernet() -> None:
    net = build(replace(TINY, tokens=4), 0)
    penalty = ImportancePenalty(net, IMAGE)
    assert float(torch.cat(penalty.penalties).mean()) == pytest.approx(1.0)
    names, before, normaliser = list(unit_groups(net)), penalty.penalties, penalty.normaliser
    name = next(name for name in names if name.endswith("transformer"))
    remove_units(net, {name: torch.arange(2)})
    penalty.refresh(net)
    assert penalty.normaliser == normaliser
    for other, was, now in zip(names, before, penalty.penalties, strict=True):
        if other == name:
            assert len(now) == 2 and (now < was[:2]).all(), "fewer tokens are cheaper each"
        else:
            assert torch.equal(now, was), "other units cost what they did"
    again = ImportancePenalty(net, IMAGE, normaliser)
    assert all(torch.equal(one, other) for one, other in zip(again.penalties, penalty.penalties, strict=True))


def test_without_units_there_is_nothing_to_penalise() -> None:
    net = build(TINY, 0)
    penalty = ImportancePenalty(net, IMAGE)
    remove_units(net, {name: torch.arange(0) for name in unit_groups(net)})
    penalty.refresh(net)
    penalty.add_gradients(1.0)
    assert penalty.penalties == [] and all(parameter.grad is None for parameter in net.parameters())


@pytest.mark.parametrize("size", [None, IMAGE])
def test_prices_are_those_of_the_size_that_was_asked_for(size: tuple[int, int] | None) -> None:
    """Of training inputs if none was. A size matters since tokens cost the same at any, channels do not."""
    run = trainer(replace(TINY, tokens=3), searching=Searching(cost_size=size))
    expected = ImportancePenalty(run.net, size or (16, 16))
    assert run.penalty.normaliser == expected.normaliser
    assert all(torch.equal(*pair) for pair in zip(run.penalty.penalties, expected.penalties, strict=True))
    assert expected.normaliser != ImportancePenalty(run.net, (16, 16) if size else IMAGE).normaliser


@pytest.mark.parametrize(("missing", "last", "removed"), [(0, False, 3), (1, False, 0), (1, True, 3)])
def test_units_go_once_they_hold_enough_macs_or_at_the_end(missing: int, last: bool, removed: int) -> None:
    """Three dead channels; `missing` MACs too few for the threshold."""
    probe = trainer()
    name = next(iter(unit_groups(probe.net)))
    gone = {name: [0, 2, 9]}
    worth = cost(probe.net, (16, 16)).macs_dense - cost(without(TINY, gone), (16, 16)).macs_dense
    run = trainer(epochs=1 if last else 2, searching=Searching(rebuild_macs=worth + missing))
    run.train_epoch(1)
    scale = unit_groups(run.net)[name].scale
    assert scale is not None
    with torch.no_grad():
        for group in unit_groups(run.net).values():
            group.scale.fill_(1.0)  # type: ignore[union-attr]
        scale[gone[name]] = 1e-4
    assert run.remove_units(below=1e-3) == removed


def test_training_adds_rho_times_the_penalty_after_its_warm_up() -> None:
    """Rho rises over the first epoch: nothing in step 0, half of it in step 1 of 2, all of it from epoch 2 on."""

    def gradients(rho: float) -> tuple[list[Tensor], Tensor]:
        run, seen = trainer(steps=2, rho=rho), []
        scale = next(iter(unit_groups(run.net).values())).scale
        assert scale is not None
        with torch.no_grad():
            scale[0] = -1.0
        run.optimizer.step = lambda: seen.append(scale.grad.clone())  # type: ignore[assignment, method-assign, union-attr]
        run.train_epoch(1)
        run.train_epoch(2)
        return seen, run.penalty.penalties[0] * scale.detach().sign()

    (unpriced, slope), (with_rho, _) = gradients(0.0), gradients(0.5)
    for share, one, other in zip((0.0, 0.5, 1.0, 1.0), unpriced, with_rho, strict=True):
        torch.testing.assert_close(other - one, share * 0.5 * slope, rtol=1e-4, atol=1e-6)


def test_measuring_sizes_leaves_the_net_alone() -> None:
    net = net_of(TINY, 0).train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    sizes = input_sizes(net, IMAGE)
    assert net.training and all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert set(sizes.values()) == {(8, 16)}
    assert not any(module._forward_pre_hooks for module in net.modules())
