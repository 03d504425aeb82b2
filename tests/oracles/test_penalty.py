"""The importance penalty: its prices against counted costs, its gradient against autograd."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from supertickets.search import ImportancePenalty, input_sizes, remove_units
from torch import Tensor

from supertickets.costs import cost
from supertickets.supernet import Supernet, SupernetConfig, build, unit_groups
from tests.properties.small import TWO_BRANCHES, randomise, training
from tests.strategies import FEW, small_configs

pytestmark = pytest.mark.fast
IMAGE = (32, 64)


def net_of(config: SupernetConfig, seed: int) -> Supernet:
    net = build(config, seed)
    randomise(net, seed)
    return net


@FEW
@given(st.data())
def test_the_price_of_a_unit_is_what_removing_it_saves(data: st.DataObject) -> None:
    config = replace(TWO_BRANCHES, tokens=3)
    net = build(config, 0)
    penalty = ImportancePenalty(net, IMAGE)
    full, groups = cost(net, IMAGE).macs_dense, unit_groups(net)
    name = data.draw(st.sampled_from(sorted(groups)))
    unit = data.draw(st.integers(0, groups[name].units - 1))
    smaller = build(config, 0)
    remove_units(smaller, {name: torch.tensor([u for u in range(groups[name].units) if u != unit], dtype=torch.int64)})
    first = sum(groups[key].units for key in list(groups)[: list(groups).index(name)])
    saved = full - cost(smaller, IMAGE).macs_dense
    assert float(penalty.penalties[first + unit]) * penalty.normaliser == pytest.approx(saved, rel=1e-5)


@FEW
@given(small_configs(), st.integers(0, 10**6))
def test_the_penalty_is_the_priced_sum_of_importances(config: SupernetConfig, seed: int) -> None:
    net = net_of(config, seed)
    sizes = input_sizes(net, IMAGE)
    priced, prices = 0.0, []
    for name, group in unit_groups(net).items():
        assert group.scale is not None
        for price, importance in zip(group.macs_per_unit(sizes[name]).tolist(), group.scale.tolist(), strict=True):
            priced += price * abs(importance)
            prices.append(price)
    assert ImportancePenalty(net, IMAGE)().item() == pytest.approx(priced / (sum(prices) / len(prices)), rel=1e-5)


@FEW
@given(small_configs(), st.integers(0, 10**6), st.floats(1e-6, 1.0))
def test_the_added_gradient_is_autograds(config: SupernetConfig, seed: int, rho: float) -> None:
    net = net_of(config, seed)
    penalty = ImportancePenalty(net, IMAGE)
    scales = [group.scale for group in unit_groups(net).values() if group.scale is not None]
    with torch.no_grad():
        scales[0][0] = 0.0  # where autograd, too, says 0
    expected = torch.autograd.grad(rho * penalty(), scales)
    for scale in scales:
        scale.grad = torch.ones_like(scale)
    penalty.add_gradients(rho)
    for scale, gradient in zip(scales, expected, strict=True):
        assert scale.grad is not None
        torch.testing.assert_close(scale.grad, 1 + gradient, rtol=1e-6, atol=1e-6)


def test_the_mean_price_stays_that_of_the_supernet() -> None:
    config = SupernetConfig(**{**vars(training().net.config), "tokens": 4})
    net = build(config, 0)
    penalty = ImportancePenalty(net, IMAGE)
    assert float(penalty.penalties.mean()) == pytest.approx(1.0)
    before, normaliser = penalty.penalties.clone(), penalty.normaliser
    name = next(name for name in unit_groups(net) if name.endswith("transformer"))
    last = sum(group.units for group in list(unit_groups(net).values())[: list(unit_groups(net)).index(name)])
    remove_units(net, {name: torch.arange(2)})
    penalty.refresh(net)
    assert penalty.normaliser == normaliser and len(penalty.penalties) == len(before) - 2
    assert torch.equal(penalty.penalties[:last], before[:last]), "other units cost what they did"
    assert (penalty.penalties[last : last + 2] < before[last]).all(), "fewer tokens are cheaper each"
    assert ImportancePenalty(net, IMAGE, normaliser).penalties.tolist() == penalty.penalties.tolist()


def test_without_units_there_is_nothing_to_penalise() -> None:
    net = build(training().net.config, 0)
    penalty = ImportancePenalty(net, IMAGE)
    remove_units(net, {name: torch.arange(0) for name in unit_groups(net)})
    penalty.refresh(net)
    assert penalty().item() == 0.0
    penalty.add_gradients(1.0)


def test_training_adds_rho_times_the_penalty_after_its_warm_up() -> None:
    """Rho rises over the first epoch: nothing in step 0, half of it in step 1 of 2, all of it from epoch 2 on."""

    def gradients(rho: float) -> tuple[list[Tensor], Tensor]:
        run, seen = training(steps=2, rho=rho), []
        scale = next(iter(unit_groups(run.net).values())).scale
        run.optimizer.step = lambda: seen.append(scale.grad.clone())  # type: ignore[method-assign, union-attr]
        run.train_epoch(1)
        run.train_epoch(2)
        return seen, run.penalty.penalties[: len(scale)]  # type: ignore[union-attr, arg-type]

    (without, prices), (with_rho, _) = gradients(0.0), gradients(0.5)
    for share, one, other in zip((0.0, 0.5, 1.0, 1.0), without, with_rho, strict=True):
        torch.testing.assert_close(other - one, share * 0.5 * prices, rtol=1e-4, atol=1e-6)


def test_measuring_sizes_leaves_the_net_alone() -> None:
    net = net_of(training().net.config, 0).train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    sizes = input_sizes(net, IMAGE)
    assert net.training and all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert set(sizes.values()) == {(8, 16)}
    assert not any(module._forward_pre_hooks for module in net.modules())
