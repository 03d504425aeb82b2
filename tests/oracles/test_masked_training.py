"""Training under a mask against dense training whose weights are multiplied by the mask by hand in every step."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from supertickets.sparse import StoredValue
from supertickets.training import Training
from torch import Tensor

from supertickets.masks import prunable
from supertickets.optimizers import Optimization, RMSProp
from supertickets.seeding import generator
from supertickets.two_in_one import TwoInOne
from tests.properties.small import TWO_BRANCHES, DoubleImages, training
from tests.strategies import OPTIMIZERS

pytestmark = pytest.mark.fast
L2, RATE, EPS = 1e-2, 0.01, 1e-3


def plain_optimizer(name: str, parameters: list[Tensor]) -> torch.optim.Optimizer:
    """Torch's own, in its plain loop; RMSProp has an oracle of its own."""
    if name == "sgd":
        return torch.optim.SGD(parameters, RATE, momentum=0.9, foreach=False)
    if name == "adam":
        return torch.optim.Adam(parameters, RATE, eps=EPS, foreach=False)
    if name == "adamw":
        return torch.optim.AdamW(parameters, RATE, eps=EPS, weight_decay=0.0, foreach=False)
    return RMSProp(parameters, RATE, eps=EPS)  # type: ignore[arg-type]


class ByHand:
    """Full weights in plain tensors; the forward pass multiplies them by masks, autograd does the rest."""

    def __init__(self, run: Training, name: str, moving: bool) -> None:
        self.run, self.moving = run, moving
        self.values = {key: p.detach().clone().requires_grad_() for key, p in run.net.named_parameters()}
        self.buffers = {key: b.detach().clone() for key, b in run.net.named_buffers()}
        self.masks = {key: torch.ones_like(value) for key, value in prunable(run.net).items()}
        self.optimizer = plain_optimizer(name, list(self.values.values()))

    def prune(self, masks: dict[str, Tensor]) -> None:
        self.masks = {key: mask.double() for key, mask in masks.items()}
        if not self.moving:
            for key, mask in self.masks.items():
                for moment in self.optimizer.state[self.values[key]].values():
                    if isinstance(moment, Tensor) and moment.dim():
                        moment.mul_(mask)

    def step(self, number: int) -> None:
        run = self.run
        draws = generator(run.seed, "train", "augmentation", number)
        index = run.batches._order.batch(number)
        inputs, targets = run.task.batch(
            run.split, index, run.recipe.image_size, run.recipe.augmentation, draws, run.device
        )
        masked = {key: value * self.masks.get(key, 1.0) for key, value in self.values.items()}
        outputs = torch.func.functional_call(run.net.train(), {**masked, **self.buffers}, (inputs,))
        decayed = self.values if self.moving else masked
        loss = run.task.loss(outputs, targets) + 0.5 * L2 * sum(decayed[key].square().sum() for key in self.masks)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("stored_value", ["kept", "moving"])
def test_masked_training_is_dense_training_multiplied_by_hand(optimizer: str, stored_value: StoredValue) -> None:
    """Dense steps, pruned steps, steps under another mask; all values, pruned ones included, in float64.

    Both sides sum in different orders (1e-16 relative each), and a step divides by at least sqrt(1e-3) or 1e-3,
    which six steps amplify to 1e-12 at most; 1e-9 leaves room, while a single misplaced term is worth 1e-6.
    """
    optimization = Optimization(optimizer, RATE, EPS, schedule="constant", l2=L2)  # type: ignore[arg-type]
    algorithm = TwoInOne(epochs=10, prune_interval=1, stored_value=stored_value)
    run = training(TWO_BRANCHES, optimization, algorithm, rho=0.0, task=DoubleImages(3), double=True)
    by_hand = ByHand(run, optimizer, stored_value == "moving")
    stray: list[bool] = []
    for step in range(6):
        if step in (2, 4):
            run.prune(30 if step == 2 else 70)
            by_hand.prune(run.sparse.masks)
        frozen = {key: value.detach().clone() for key, value in by_hand.values.items()}
        by_hand.step(step)
        run.train_epoch(step + 1)
        found = {**dict(run.net.named_parameters()), **run.sparse.values()}
        for key, value in by_hand.values.items():
            torch.testing.assert_close(found[key], value, rtol=1e-9, atol=1e-9, msg=lambda m, key=key: f"{key}: {m}")
        stray += [
            bool((frozen[key] != value)[by_hand.masks[key] == 0].any())
            for key, value in by_hand.values.items()
            if key in by_hand.masks and step >= 2
        ]
    assert any(stray) == (stored_value == "moving"), "pruned weights move if, and only if, they are to"


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_l2_gradient_is_that_of_the_penalty(l2: float) -> None:
    plain = Optimization("sgd", RATE, schedule="constant", l2=l2)
    run = training(optimization=plain, rho=0.0, task=DoubleImages(3), double=True)
    other = training(optimization=replace(plain, l2=0.0), rho=0.0, task=DoubleImages(3), double=True)
    weights = {key: value.detach().clone() for key, value in run.net.named_parameters()}
    run.train_epoch(1)
    other.train_epoch(1)
    decayed = prunable(run.net).keys()
    for key, one in run.net.named_parameters():
        reference = other.net.get_parameter(key).grad
        assert one.grad is not None and reference is not None
        expected = reference + (l2 * weights[key] if key in decayed else 0)
        torch.testing.assert_close(one.grad, expected, rtol=1e-12, atol=1e-12)


def test_an_epoch_is_its_steps() -> None:
    """Steps run on from epoch to epoch: three epochs of two steps see what six epochs of one step see."""
    optimization = Optimization("adamw", RATE, schedule="constant")
    pairs, singles = training(optimization=optimization, steps=2, rho=0.0), training(optimization=optimization, rho=0.0)
    for epoch in range(1, 4):
        pairs.train_epoch(epoch)
    for epoch in range(1, 7):
        singles.train_epoch(epoch)
    for (key, one), other in zip(pairs.net.named_parameters(), singles.net.parameters(), strict=True):
        assert torch.equal(one, other), key
    assert [entry["epoch"] for entry in pairs.progress.history] == [1, 2, 3]
