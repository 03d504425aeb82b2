"""Training under a mask against dense training whose weights are multiplied by the mask by hand in every step."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from supertickets.freezing import StoredValue
from supertickets.optimizers import Optimization, RMSProp
from supertickets.pruning import Pruning
from supertickets.search_trainer import SearchTrainer
from tests.properties.small import TINY, TWO_BRANCHES, DoubleImages, trainer
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

    def __init__(self, run: SearchTrainer, name: str, moving: bool) -> None:
        self.run, self.moving, self.steps = run, moving, 0
        self.values = {key: p.detach().clone().requires_grad_() for key, p in run.net.named_parameters()}
        self.buffers = {key: b.detach().clone() for key, b in run.net.named_buffers()}
        self.averages = {key: value.detach().clone() for key, value in self.values.items()}
        self.decayed = decayed(self.values)
        self.masks: dict[str, Tensor] = {}
        self.optimizer = plain_optimizer(name, list(self.values.values()))

    def prune(self, masks: dict[str, Tensor]) -> None:
        self.masks = {key: mask.double() for key, mask in masks.items()}
        if not self.moving:
            for key, mask in self.masks.items():
                for moment in self.optimizer.state[self.values[key]].values():
                    if isinstance(moment, Tensor) and moment.dim():
                        moment.mul_(mask)

    def step(self) -> None:
        run = self.run
        inputs, targets = run.batches.batch(self.steps)
        masked = {key: value * self.masks.get(key, 1.0) for key, value in self.values.items()}
        outputs = torch.func.functional_call(run.net.train(), {**masked, **self.buffers}, (inputs,))
        reached = self.values if self.moving else masked
        loss = run.batches.task.loss(outputs, targets)
        loss = loss + 0.5 * L2 * sum(reached[key].square().sum() for key in self.decayed)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        decay = (1 + self.steps) / (10 + self.steps)
        for key, average in self.averages.items():
            change = (1 - decay) * (self.values[key].detach() - average)
            average.add_(change if self.moving else change * self.masks.get(key, 1.0))


def decayed(parameters: dict[str, Tensor]) -> set[str]:
    """Weights of convolutions and linear layers, whatever they are called, and the classifier's bias."""
    return {
        name for name, value in parameters.items() if value.dim() > 1 and not name.endswith("queries")
    } | {"head.classifier.bias"}  # fmt: skip


@pytest.mark.few
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("stored_value", ["kept", "moving"])
def test_masked_training_is_dense_training_multiplied_by_hand(optimizer: str, stored_value: StoredValue) -> None:
    """Dense steps, pruned steps, steps under another mask; all values and averages, pruned ones included, in float64.

    Both sides sum in different orders (1e-16 relative each), and a step divides by at least sqrt(1e-3) or 1e-3,
    which six steps amplify to 1e-12 at most; 1e-9 leaves room, while a single misplaced term is worth 1e-6.
    """
    optimization = Optimization(optimizer, RATE, EPS, schedule="constant", l2=L2)  # type: ignore[arg-type]
    pruning = Pruning("all", stored_value=stored_value)
    run = trainer(TWO_BRANCHES, optimization, pruning=pruning, rho=0.0, task=DoubleImages(3), double=True)
    by_hand = ByHand(run, optimizer, stored_value == "moving")
    stray: list[bool] = []
    for step in range(6):
        if step in (2, 4):
            run.prune(30 if step == 2 else 70)
            by_hand.prune(run.frozen.masks)
        frozen = {key: value.detach().clone() for key, value in by_hand.values.items()}
        by_hand.step()
        run.train_epoch(step + 1)
        assert run.averages is not None
        found = {**dict(run.net.named_parameters()), **run.frozen.values(run.frozen.masks)}
        stored = run.frozen.average_stash
        averages = {key: value + stored.get(key, 0.0) for key, value in run.averages.values.items()}
        for key, value in by_hand.values.items():
            for one, other in ((found[key], value), (averages[key], by_hand.averages[key])):
                # thousands of times, for which torch.testing.assert_close takes a second
                assert one.shape == other.shape and torch.allclose(one, other, rtol=1e-9, atol=1e-9), key
        for key, mask in by_hand.masks.items():
            pruned = mask == 0
            assert not run.averages.values[key][pruned].any(), "what is evaluated is under the mask, too"
            stray.append(bool((frozen[key] != by_hand.values[key])[pruned].any()))
    assert any(stray) == (stored_value == "moving"), "pruned weights move if, and only if, they are to"


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_l2_gradient_is_that_of_the_penalty(l2: float) -> None:
    """All weights of convolutions and linear layers, and of all biases the classifier's alone."""
    config = replace(TINY, tokens=3)
    plain = Optimization("sgd", RATE, schedule="constant", l2=l2)
    run = trainer(config, plain, rho=0.0, task=DoubleImages(3), double=True)
    other = trainer(config, replace(plain, l2=0.0), rho=0.0, task=DoubleImages(3), double=True)
    with torch.no_grad():
        for one in (run, other):
            for name, parameter in one.net.named_parameters():
                if name.endswith("bias"):
                    parameter.fill_(0.5)  # 0 would hide which of them are part of it
    weights = {key: value.detach().clone() for key, value in run.net.named_parameters()}
    run.train_epoch(1)
    other.train_epoch(1)
    for key, parameter in run.net.named_parameters():
        reference = other.net.get_parameter(key).grad
        assert parameter.grad is not None and reference is not None
        expected = reference + (l2 * weights[key] if key in decayed(weights) else 0)
        torch.testing.assert_close(parameter.grad, expected, rtol=1e-12, atol=1e-12)


def test_an_epoch_is_its_steps() -> None:
    """Steps run on from epoch to epoch: three epochs of two steps see what six epochs of one step see."""
    optimization = Optimization("adamw", RATE, schedule="constant")
    pairs, singles = trainer(optimization=optimization, steps=2, rho=0.0), trainer(optimization=optimization, rho=0.0)
    for epoch in range(1, 4):
        pairs.train_epoch(epoch)
    for epoch in range(1, 7):
        singles.train_epoch(epoch)
    for (key, one), other in zip(pairs.net.named_parameters(), singles.net.parameters(), strict=True):
        assert torch.equal(one, other), key
    assert [entry["epoch"] for entry in pairs.progress.history] == [1, 2, 3]
