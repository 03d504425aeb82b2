"""Frozen means frozen: whatever the optimizer, nothing about a pruned weight moves, and it comes back bit for bit."""

from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.averages import Averages
from supertickets.freezing import FrozenWeights, StoredValue
from supertickets.masks import MaskError
from supertickets.optimizer_state import OptimizerState
from supertickets.optimizers import Optimization, add_l2_gradient, make_optimizer
from supertickets.pruning import Pruning
from supertickets.search_trainer import SearchTrainer
from tests.properties.small import TINY, bits, copies, same_bits, trainer
from tests.strategies import FEW, OPTIMIZERS, optimizations

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
STORED_VALUES = ("kept", "zero", "moving")
ALL = Pruning(prunable="all")


def prunable(net: nn.Module) -> dict[str, nn.Parameter]:
    return TINY.prunable(net, "all")


def moments(training: SearchTrainer, name: str) -> list[Tensor]:
    weight = prunable(training.net)[name]
    return [value for value in training.optimizer.state[weight].values() if isinstance(value, Tensor) and value.dim()]


def assert_frozen(training: SearchTrainer, weights: dict[str, Tensor], averages: dict[str, Tensor]) -> None:
    """At masked coordinates: live +0, stored value as in `weights`, gradient and moments 0, average +0 and stored."""
    frozen = training.frozen
    stored = frozen.values(frozen.masks)
    assert frozen.active.keys() == prunable(training.net).keys()
    for name, live in prunable(training.net).items():
        pruned = ~frozen.masks[name]
        assert not bits(live)[pruned].any()
        assert same_bits(stored[name][pruned], weights[name][pruned])
        assert live.grad is None or not live.grad[pruned].any()
        assert not any(moment[pruned].any() for moment in moments(training, name))
        if training.averages is not None:
            assert not bits(training.averages.values[name])[pruned].any()
            assert same_bits(frozen.average_stash[name][pruned], averages[name][pruned])


def assert_frozen_then_back(optimization: Optimization, percent: int, steps: int) -> None:
    training = trainer(optimization=optimization, pruning=ALL)
    training.train_epoch(1)
    weights = copies(prunable(training.net))
    averages = copies(training.averages.values) if training.averages else {}
    training.prune(percent)
    masks = copies(training.frozen.masks)
    for epoch in range(2, 2 + steps):
        training.train_epoch(epoch)
        assert_frozen(training, weights, averages)

    trained = copies(prunable(training.net))
    training.reactivate(everything=True)
    for name, live in prunable(training.net).items():
        assert same_bits(live[~masks[name]], weights[name][~masks[name]])
        assert same_bits(live[masks[name]], trained[name][masks[name]])
        assert not any(moment[~masks[name]].any() for moment in moments(training, name))
        if training.averages is not None:
            assert same_bits(training.averages.values[name][~masks[name]], averages[name][~masks[name]])

    training.train_epoch(2 + steps)
    moved = [(live != weights[name])[~masks[name]] for name, live in prunable(training.net).items()]
    assert torch.cat(moved).float().mean() > 0.5, "reactivated weights have to learn again"


@pytest.mark.few
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("l2", [0.0, 1e-2])
@pytest.mark.parametrize("averaged", [False, True])
def test_every_optimizer_leaves_pruned_weights_where_they_are(optimizer: str, l2: float, averaged: bool) -> None:
    optimization = Optimization(optimizer, lr=0.01, schedule="constant", l2=l2, averaged=averaged)  # type: ignore[arg-type]
    assert_frozen_then_back(optimization, percent=60, steps=3)


@FEW
@given(optimizations(), st.integers(1, 99), st.integers(1, 4))
def test_frozen_for_any_settings(optimization: Optimization, percent: int, steps: int) -> None:
    assert_frozen_then_back(optimization, percent, steps)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_pruning_before_the_first_step_freezes_too(optimizer: str) -> None:
    training = trainer(optimization=Optimization(optimizer, lr=0.01, averaged=False), pruning=ALL)  # type: ignore[arg-type]
    weights = copies(prunable(training.net))
    training.prune(70)
    training.train_epoch(1)
    assert_frozen(training, weights, {})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_kept_weights_do_learn(optimizer: str) -> None:
    training = trainer(optimization=Optimization(optimizer, lr=0.01))  # type: ignore[arg-type]
    training.prune(50)
    before = copies(prunable(training.net))
    training.train_epoch(1)
    live = prunable(training.net)
    moved = [(live[name] != before[name])[mask] for name, mask in training.frozen.masks.items()]
    assert torch.cat(moved).float().mean() > 0.9


class Steps:
    """An optimizer on a net of any number type, with gradients made up instead of computed."""

    def __init__(self, optimizer: str, dtype: torch.dtype) -> None:
        self.net = TINY.build(1).to(dtype, memory_format=torch.channels_last)
        self.optimizer = make_optimizer(self.net.parameters(), Optimization(optimizer, lr=0.01))  # type: ignore[arg-type]
        self.averages = Averages(self.net)
        self.random = torch.Generator().manual_seed(3)

    def random_masks(self) -> dict[str, Tensor]:
        return {name: torch.rand(w.shape, generator=self.random) < 0.4 for name, w in prunable(self.net).items()}

    def draw_gradients(self) -> None:
        for parameter in self.net.parameters():
            drawn = torch.randn(parameter.shape, generator=self.random).to(parameter.dtype)
            parameter.grad = torch.empty_like(parameter).copy_(drawn)

    def spoil_gradients(self, where: dict[str, Tensor]) -> None:
        for name, parameter in prunable(self.net).items():
            assert parameter.grad is not None
            bad = torch.tensor([torch.inf, -torch.inf, torch.nan], dtype=parameter.dtype)
            drawn = bad[torch.randint(3, parameter.shape, generator=self.random)]
            parameter.grad[where[name]] = drawn[where[name]]


@pytest.mark.few
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("stored_value", STORED_VALUES)
def test_gradients_that_are_no_numbers_reach_no_pruned_weight(
    optimizer: str, dtype: torch.dtype, stored_value: StoredValue
) -> None:
    steps = Steps(optimizer, dtype)
    frozen = FrozenWeights(steps.net, OptimizerState(steps.net, steps.optimizer), steps.averages, stored_value)
    weights, masks = copies(prunable(steps.net)), steps.random_masks()
    stored = {name: w if stored_value != "zero" else torch.where(masks[name], w, 0.0) for name, w in weights.items()}
    pruned = {name: ~mask for name, mask in masks.items()}
    everywhere = {name: torch.ones_like(mask) for name, mask in masks.items()}
    frozen.prune(masks)
    for where in (pruned, pruned, everywhere):  # in the last step even what is kept diverges
        steps.draw_gradients()
        steps.spoil_gradients(where)
        frozen.before_step(l2=0.0)
        steps.optimizer.step()
        frozen.after_step()
        assert frozen.values(masks).keys() == stored.keys()
        for name, live in prunable(steps.net).items():
            assert not bits(live)[pruned[name]].any()
            assert not bits(steps.averages.values[name])[pruned[name]].any()
            assert same_bits(frozen.values(masks)[name][pruned[name]], stored[name][pruned[name]])
            assert torch.isfinite(live[masks[name]]).all() == (where is pruned)
            assert where is everywhere or (live != weights[name])[masks[name]].float().mean() > 0.5
    frozen.reactivate()
    for name, live in prunable(steps.net).items():
        assert same_bits(live[pruned[name]], stored[name][pruned[name]])
        assert same_bits(steps.averages.values[name][pruned[name]], stored[name][pruned[name]])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_moving_values_move_as_weights_that_get_no_gradient_but_that_of_l2(optimizer: str) -> None:
    """Oracle: the same optimizer on an unmasked twin, its loss gradients set to 0 where the mask is."""
    one, twin = (Steps(optimizer, torch.float32) for _ in range(2))
    frozen = FrozenWeights(one.net, OptimizerState(one.net, one.optimizer), one.averages, "moving")
    masks, weights = one.random_masks(), copies(prunable(one.net))
    twin.random_masks()  # both draw equal gradients from here on
    for step in range(5):
        if step == 2:  # moments that pruned weights have go on moving them
            frozen.prune(masks)
        one.draw_gradients()
        add_l2_gradient(list(prunable(one.net).values()), 1e-2)
        frozen.before_step(1e-2)
        one.optimizer.step()
        frozen.after_step()
        twin.draw_gradients()
        if step >= 2:
            for name, weight in prunable(twin.net).items():
                assert weight.grad is not None
                weight.grad[~masks[name]] = 0.0
        add_l2_gradient(list(prunable(twin.net).values()), 1e-2)
        twin.optimizer.step()
        twin.averages.update(twin.net)
    frozen.reactivate()
    for name, live in prunable(one.net).items():
        assert torch.equal(live, prunable(twin.net)[name]), name
        assert torch.equal(one.averages.values[name], twin.averages.values[name]), name
        assert masks[name].all() or (live != weights[name])[~masks[name]].any()


def test_pruning_again_scores_stored_values_and_keeps_them() -> None:
    training = trainer(pruning=ALL)
    weights = copies(prunable(training.net))
    for percent in (30, 80, 50):
        training.prune(percent)
        assert all(same_bits(value, weights[name]) for name, value in training.frozen.values(weights).items())
    training.reactivate(everything=True)
    training.reactivate(everything=True)
    assert all(same_bits(live, weights[name]) for name, live in prunable(training.net).items())


def test_the_last_mask_is_applied_again() -> None:
    training = trainer(pruning=ALL)
    training.apply_last_mask()
    assert not training.frozen.active, "before the first pruning there is no mask"
    training.prune(50)
    masks = copies(training.frozen.masks)
    training.reactivate(everything=True)
    assert not training.frozen.active
    training.train_epoch(1)
    weights = copies(prunable(training.net))
    training.apply_last_mask()
    training.train_epoch(2)
    assert all(torch.equal(mask, masks[name]) for name, mask in training.frozen.active.items())
    assert_frozen(training, weights, {})


@pytest.mark.few
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("stored_value", STORED_VALUES)
@pytest.mark.parametrize("averaged", [False, True])
def test_a_mask_of_ones_is_dense_training_bit_for_bit(
    optimizer: str, stored_value: StoredValue, averaged: bool
) -> None:
    optimization = Optimization(optimizer, lr=0.01, l2=1e-2, averaged=averaged)  # type: ignore[arg-type]
    dense, masked = (
        trainer(optimization=optimization, pruning=Pruning("all", stored_value=stored_value)) for _ in range(2)
    )
    masked.prune(0)
    assert masked.frozen.active.keys() == prunable(masked.net).keys()
    for epoch in (1, 2):
        dense.train_epoch(epoch)
        masked.train_epoch(epoch)
    for name, value in dense.net.state_dict().items():
        assert torch.equal(masked.net.state_dict()[name], value), name
    for (name, one), other in zip(dense.net.named_parameters(), masked.net.parameters(), strict=True):
        assert one.grad is not None and other.grad is not None and torch.equal(one.grad, other.grad), name
    if dense.averages and masked.averages:
        for name, value in dense.averages.values.items():
            assert torch.equal(masked.averages.values[name], value), name


def test_an_emptied_layer_is_reported() -> None:
    training = trainer()
    training.train_epoch(1)
    masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in prunable(training.net).items()}
    masks["stem.0.0.weight"].zero_()
    with pytest.warns(UserWarning, match=r"^epoch 1: no signal passes, because nothing is kept of stem\.0\.0\.weight,"):
        training.set_masks(masks)
    assert training.progress.history[-1]["emptied_layers"] == 1
    masks["stem.0.0.weight"][0] = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        training.set_masks(masks)
    assert training.progress.history[-1]["emptied_layers"] == 0


@FEW
@given(st.integers(1, 99))
def test_the_history_holds_the_sparsity(percent: int) -> None:
    training = trainer()
    training.train_epoch(1)
    training.prune(percent)
    kept = torch.cat([mask.reshape(-1) for mask in training.frozen.masks.values()])
    assert training.progress.history[-1]["sparsity"] == round(float((~kept).double().mean()), 6)


@pytest.mark.parametrize(
    ("name", "mask", "message"),
    [
        ("nowhere.weight", torch.ones(1, dtype=torch.bool), "mask for nowhere.weight, which the net does not have"),
        ("0.weight", torch.ones(2, 3, 1, 1), "mask of 0.weight is torch.float32: masks are bool"),
        ("0.weight", torch.ones(2, 1, 1, 1, dtype=torch.bool), "mask of 0.weight has shape"),
    ],
)
def test_masks_that_do_not_fit_prune_nothing(name: str, mask: Tensor, message: str) -> None:
    frozen = FrozenWeights(net := nn.Sequential(nn.Conv2d(3, 2, 1)))
    before = net[0].weight.detach().clone()
    with pytest.raises(MaskError, match=message):
        frozen.prune({name: mask})  # another shape would be broadcast, another type taken for indices
    assert not frozen.masks and not frozen.stash and torch.equal(net[0].weight, before)
