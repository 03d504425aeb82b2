"""Frozen means frozen: whatever the optimizer, nothing about a pruned weight moves, and it comes back bit for bit."""

from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from supertickets.sparse import SparseWeights, StoredValue
from supertickets.training import Training
from torch import Tensor

from supertickets.masks import MaskError, prunable
from supertickets.optimizers import Optimization
from supertickets.supernet import build
from supertickets.two_in_one import TwoInOne
from tests.properties.small import TINY, bits, same_bits, training
from tests.strategies import FEW, OPTIMIZERS, optimizations

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]


def algorithm(stored_value: StoredValue) -> TwoInOne:
    return TwoInOne(epochs=10, prune_interval=1, stored_value=stored_value)


def copies(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def moments(run: Training, name: str) -> list[Tensor]:
    weight = prunable(run.net)[name]
    return [value for value in run.optimizer.state[weight].values() if isinstance(value, Tensor) and value.dim()]


def assert_frozen(run: Training, weights: dict[str, Tensor], averages: dict[str, Tensor]) -> None:
    """At masked coordinates: live +0, stored value as in `weights`, gradient and moments 0, average +0 and stored."""
    stored = run.sparse.values()
    for name, live in prunable(run.net).items():
        pruned = ~run.sparse.masks[name]
        assert not bits(live)[pruned].any()
        assert same_bits(stored[name][pruned], weights[name][pruned])
        assert live.grad is None or not live.grad[pruned].any()
        assert not any(moment[pruned].any() for moment in moments(run, name))
        if run.averages is not None:
            assert not bits(run.averages.values[name])[pruned].any()
            assert same_bits(run.sparse.average_stash[name][pruned], averages[name][pruned])


def assert_frozen_then_back(optimization: Optimization, percent: int, steps: int) -> None:
    run = training(optimization=optimization, algorithm=algorithm("kept"))
    run.train_epoch(1)
    weights = copies(prunable(run.net))
    averages = copies(run.averages.values) if run.averages else {}
    run.prune(percent)
    masks = copies(run.sparse.masks)
    for epoch in range(2, 2 + steps):
        run.train_epoch(epoch)
        assert_frozen(run, weights, averages)

    trained = copies(prunable(run.net))
    run.reactivate()
    for name, live in prunable(run.net).items():
        assert same_bits(live[~masks[name]], weights[name][~masks[name]])
        assert same_bits(live[masks[name]], trained[name][masks[name]])
        assert not any(moment[~masks[name]].any() for moment in moments(run, name))
        if run.averages is not None:
            assert same_bits(run.averages.values[name][~masks[name]], averages[name][~masks[name]])

    run.train_epoch(2 + steps)
    moved = [(live != weights[name])[~masks[name]] for name, live in prunable(run.net).items()]
    assert torch.cat(moved).float().mean() > 0.5, "reactivated weights have to learn again"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("l2", [0.0, 1e-2])
@pytest.mark.parametrize("average_decay", [0.0, 0.9])
def test_every_optimizer_leaves_pruned_weights_where_they_are(optimizer: str, l2: float, average_decay: float) -> None:
    optimization = Optimization(optimizer, lr=0.01, schedule="constant", l2=l2, average_decay=average_decay)  # type: ignore[arg-type]
    assert_frozen_then_back(optimization, percent=60, steps=3)


@FEW
@given(optimizations(), st.integers(1, 99), st.integers(1, 4))
def test_frozen_for_any_settings(optimization: Optimization, percent: int, steps: int) -> None:
    assert_frozen_then_back(optimization, percent, steps)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_pruning_before_the_first_step_freezes_too(optimizer: str) -> None:
    run = training(optimization=Optimization(optimizer, lr=0.01), algorithm=algorithm("kept"))  # type: ignore[arg-type]
    weights = copies(prunable(run.net))
    run.prune(70)
    run.train_epoch(1)
    assert_frozen(run, weights, {})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_kept_weights_do_learn(optimizer: str) -> None:
    run = training(optimization=Optimization(optimizer, lr=0.01), algorithm=algorithm("kept"))  # type: ignore[arg-type]
    run.prune(50)
    before = copies(prunable(run.net))
    run.train_epoch(1)
    moved = [(live != before[name])[run.sparse.masks[name]] for name, live in prunable(run.net).items()]
    assert torch.cat(moved).float().mean() > 0.9


def test_pruning_again_scores_stored_values_and_keeps_them() -> None:
    run = training(algorithm=algorithm("kept"))
    weights = copies(prunable(run.net))
    for percent in (30, 80, 50):
        run.prune(percent)
        assert all(same_bits(value, weights[name]) for name, value in run.sparse.values().items())
    run.reactivate()
    run.reactivate()
    assert all(same_bits(live, weights[name]) for name, live in prunable(run.net).items())


def test_the_last_mask_is_applied_again() -> None:
    run = training(algorithm=algorithm("kept"))
    run.apply_last_mask()
    assert not run.sparse.active, "before the first pruning there is no mask"
    run.prune(50)
    masks = copies(run.sparse.masks)
    run.reactivate()
    run.train_epoch(1)
    weights = copies(prunable(run.net))
    run.apply_last_mask()
    run.train_epoch(2)
    assert run.sparse.active and all(torch.equal(mask, masks[name]) for name, mask in run.sparse.masks.items())
    assert_frozen(run, weights, {})


def test_stored_value_zero_forgets_the_weights() -> None:
    run = training(algorithm=algorithm("zero"))
    run.prune(50)
    masks = copies(run.sparse.masks)
    run.reactivate()
    for name, live in prunable(run.net).items():
        assert not bits(live)[~masks[name]].any() and live[masks[name]].all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("stored_value", ["kept", "zero", "moving"])
@pytest.mark.parametrize("average_decay", [0.0, 0.9])
def test_a_mask_of_ones_is_dense_training_bit_for_bit(
    optimizer: str, stored_value: StoredValue, average_decay: float
) -> None:
    optimization = Optimization(optimizer, lr=0.01, l2=1e-2, average_decay=average_decay)  # type: ignore[arg-type]
    dense, masked = (training(optimization=optimization, algorithm=algorithm(stored_value)) for _ in range(2))
    masked.prune(0)
    assert masked.sparse.active
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
    run = training()
    run.train_epoch(1)
    masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in prunable(run.net).items()}
    masks["stem.0.0.weight"].zero_()
    with pytest.warns(UserWarning, match=r"epoch 1: nothing is kept of stem\.0\.0\.weight$"):
        run.set_masks(masks)
    assert run.progress.history[-1]["emptied_layers"] == 1
    masks["stem.0.0.weight"][0] = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.set_masks(masks)
    assert run.progress.history[-1]["emptied_layers"] == 0


@FEW
@given(st.integers(1, 99))
def test_the_history_holds_the_sparsity(percent: int) -> None:
    run = training()
    run.train_epoch(1)
    run.prune(percent)
    kept = torch.cat([mask.reshape(-1) for mask in run.sparse.masks.values()])
    assert run.progress.history[-1]["sparsity"] == round(float((~kept).double().mean()), 6)


def test_an_unknown_stored_value_is_refused() -> None:
    with pytest.raises(MaskError, match="stored_value is 'lost': choose 'kept', 'zero' or 'moving'"):
        SparseWeights(build(TINY, 0), stored_value="lost")  # type: ignore[arg-type]
