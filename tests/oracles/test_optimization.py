"""Learning rates against torch's schedulers, RMSProp against a scalar formula, moving averages against a sum."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from supertickets.sparse import Averages
from torch.optim.lr_scheduler import LRScheduler, MultiStepLR, OneCycleLR

from supertickets.optimizers import Optimization, OptimizationError, RMSProp, learning_rate, make_optimizer

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*lr_scheduler.step.*")]


def rates(scheduler: LRScheduler, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(scheduler.get_last_lr()[0])
        if len(found) < steps:
            scheduler.optimizer.step()
            scheduler.step()
    return found


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.ones(1))


@given(st.integers(4, 300), st.floats(1e-4, 1.0), st.floats(1.5, 100.0))
def test_onecycle_is_torchs(steps: int, lr: float, div: float) -> None:
    config = Optimization("adamw", lr=lr, div=div, schedule="onecycle")
    theirs = OneCycleLR(torch.optim.SGD([parameter()], lr), lr, total_steps=steps, div_factor=div)
    ours = [learning_rate(config, step, steps, 1) for step in range(steps)]
    assert ours == pytest.approx(rates(theirs, steps), rel=1e-9, abs=1e-15)


@given(st.integers(1, 30), st.floats(1e-4, 1.0))
def test_multistep_is_torchs_at_170_and_200_of_210_epochs(steps_per_epoch: int, lr: float) -> None:
    steps = 210 * steps_per_epoch
    config = Optimization("adam", lr=lr, schedule="multistep")
    theirs = MultiStepLR(torch.optim.SGD([parameter()], lr), [170, 200])
    ours = [learning_rate(config, epoch * steps_per_epoch, steps, steps_per_epoch) for epoch in range(210)]
    assert ours == pytest.approx(rates(theirs, 210), rel=1e-9)
    last_before = learning_rate(config, 170 * steps_per_epoch - 1, steps, steps_per_epoch)
    assert last_before == lr, "the milestone is hit to the step"


@given(st.integers(0, 40), st.integers(1, 50), st.floats(1e-4, 1.0))
def test_exponential_falls_by_3_percent_every_2_4_epochs(times: int, steps_per_epoch: int, lr: float) -> None:
    config = Optimization("rmsprop", lr=lr, schedule="exponential")
    # 5 x 2.4 epochs are 12 whole ones
    found = learning_rate(config, 12 * times * steps_per_epoch, 10**6, steps_per_epoch)
    assert found == pytest.approx(lr * math.prod([0.97] * 5 * times), rel=1e-9)


@given(st.integers(0, 500))
def test_constant_is_constant(step: int) -> None:
    assert learning_rate(Optimization(lr=0.3, schedule="constant"), step, 500, 5) == 0.3


def test_unknown_schedules_and_optimizers_are_refused() -> None:
    with pytest.raises(OptimizationError, match="schedule is 'linear': choose 'onecycle', 'multistep'"):
        Optimization(schedule="linear")  # type: ignore[arg-type]
    with pytest.raises(OptimizationError, match="optimizer is 'lion': choose 'adam', 'adamw', 'rmsprop', 'sgd'"):
        Optimization("lion")  # type: ignore[arg-type]


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8), st.floats(1e-3, 1.0))
def test_rmsprop_is_its_formula(gradients: list[float], lr: float) -> None:
    weights = [torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64)) for _ in range(2)]
    optimizer = RMSProp(weights, lr, alpha=0.8, momentum=0.7, eps=1e-2)
    expected, square, velocity = 1.0, 0.0, 0.0
    for gradient in gradients:
        square = 0.8 * square + 0.2 * gradient**2
        velocity = 0.7 * velocity + lr * gradient / math.sqrt(square + 1e-2)
        expected -= velocity
        weights[0].grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
    assert weights[0].item() == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert weights[1].item() == 1.0, "a weight without gradient stays"


@pytest.mark.parametrize(
    ("name", "kind", "facts"),
    [
        ("adam", torch.optim.Adam, {"eps": 1e-8, "weight_decay": 0, "betas": (0.9, 0.95)}),
        ("adamw", torch.optim.AdamW, {"eps": 1e-8, "weight_decay": 0, "betas": (0.9, 0.95)}),
        ("sgd", torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0}),
        ("rmsprop", RMSProp, {"eps": 1e-8, "alpha": 0.9, "momentum": 0.9}),
    ],
)
def test_optimizers_are_configured_as_in_the_recipes(name: str, kind: type, facts: dict[str, object]) -> None:
    optimizer = make_optimizer([parameter()], Optimization(name, lr=0.5, eps=1e-8, beta2=0.95))  # type: ignore[arg-type]
    assert type(optimizer) is kind
    assert {key: optimizer.defaults[key] for key in facts} == facts and optimizer.defaults["lr"] == 0.5


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30), st.sampled_from((0.5, 0.99)))
def test_averages_are_weighted_sums(values: list[float], decay: float) -> None:
    net = torch.nn.BatchNorm2d(1).double()
    averages = Averages(net, decay)
    expected = {"weight": 1.0, "running_var": 1.0}
    for number, value in enumerate(values):
        share = min(decay, (1 + number) / (10 + number))
        for name, average in expected.items():
            getattr(net, name).data.fill_(value)
            expected[name] = share * average + (1 - share) * value
        averages.update(net)
    for name, value in expected.items():
        assert averages.values[name].item() == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert "num_batches_tracked" not in averages.values
