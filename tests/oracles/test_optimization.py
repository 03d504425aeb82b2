"""Learning rates and momenta against torch's schedulers, RMSProp against a scalar formula, averages against a loop."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import LinearLR, LRScheduler, MultiStepLR, OneCycleLR

from supertickets.averages import Averages
from supertickets.optimizers import (
    Optimization,
    OptimizationError,
    RMSProp,
    cycled,
    learning_rate,
    make_optimizer,
    set_step,
)

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*lr_scheduler.step.*")]


def rates(scheduler: LRScheduler, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(float(scheduler.get_last_lr()[0]))
        if len(found) < steps:
            scheduler.optimizer.step()
            scheduler.step()
    return found


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.ones(1))


@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop", "sgd"])
@given(st.integers(4, 100), st.floats(1e-4, 1.0), st.floats(1.5, 100.0), st.booleans())
def test_onecycle_is_torchs(name: str, steps: int, lr: float, div: float, cycle_momentum: bool) -> None:
    """Rates, and the momentum (beta1 of Adam) in every step: both optimizers are left with what torch gives them."""
    config = Optimization(name, lr, beta2=0.99, div=div, schedule="onecycle", cycle_momentum=cycle_momentum)  # type: ignore[arg-type]
    ours, theirs = make_optimizer([parameter()], config), make_optimizer([parameter()], config)
    scheduler = OneCycleLR(theirs, lr, total_steps=steps, div_factor=div, cycle_momentum=cycle_momentum)
    momenta = []
    for step in range(steps):
        set_step(ours, config, step, steps, 1)
        (our,), (their,) = ours.param_groups, theirs.param_groups
        assert our["lr"] == pytest.approx(their["lr"], rel=1e-9, abs=1e-15)
        momentum = "betas" if "betas" in their else "momentum"
        assert our[momentum] == pytest.approx(their[momentum], rel=1e-9)
        momenta.append(our["betas"][0] if "betas" in our else our["momentum"])
        if step < steps - 1:
            scheduler.step()
    if not cycle_momentum:
        assert set(momenta) == {0.9}
    else:
        assert momenta[0] == momenta[-1] == pytest.approx(0.95)
        assert momenta == [cycled(step, steps, 0.95, 0.85, 0.95) for step in range(steps)]


def test_momentum_cycles_by_default_and_with_one_cycle_only() -> None:
    assert Optimization().cycle_momentum
    for schedule in ("constant", "multistep", "exponential"):
        config = Optimization("adamw", schedule=schedule)
        optimizer = make_optimizer([parameter()], config)
        set_step(optimizer, config, 30, 100, 10)
        assert optimizer.param_groups[0]["betas"] == (0.9, 0.999)


@given(st.integers(1, 30), st.floats(1e-4, 1.0))
def test_multistep_is_torchs_at_170_and_200_of_210_epochs(steps_per_epoch: int, lr: float) -> None:
    steps = 210 * steps_per_epoch
    config = Optimization("adam", lr=lr, schedule="multistep")
    theirs = MultiStepLR(torch.optim.SGD([parameter()], lr), [170, 200])
    ours = [learning_rate(config, epoch * steps_per_epoch, steps, steps_per_epoch) for epoch in range(210)]
    assert ours == pytest.approx(rates(theirs, 210), rel=1e-9)
    last_before = learning_rate(config, 170 * steps_per_epoch - 1, steps, steps_per_epoch)
    assert last_before == lr, "the milestone is hit to the step"


@given(st.integers(0, 2000), st.integers(1, 50), st.floats(1e-4, 1.0))
def test_exponential_is_a_staircase_of_2_4_epochs(step: int, steps_per_epoch: int, lr: float) -> None:
    """Five stairs in twelve epochs, counted in whole numbers."""
    config = Optimization("rmsprop", lr=lr, schedule="exponential")
    stairs = 5 * step // (12 * steps_per_epoch)
    found = learning_rate(config, step, 10**6, steps_per_epoch)
    assert found == pytest.approx(lr * math.prod([0.97] * stairs), rel=1e-9)


def test_the_first_stairs() -> None:
    """Five steps an epoch: 2.4 epochs are 12 steps."""
    config = Optimization("rmsprop", lr=1.0, schedule="exponential")
    assert [learning_rate(config, step, 100, 5) for step in (0, 11, 12, 23, 24)] == [1, 1, 0.97, 0.97, 0.97**2]


@given(st.integers(0, 500))
def test_constant_is_constant(step: int) -> None:
    assert learning_rate(Optimization(lr=0.3, schedule="constant"), step, 500, 5) == 0.3


@pytest.mark.parametrize("schedule", ["multistep", "constant", "exponential", "onecycle"])
@pytest.mark.parametrize("warmup_steps", [0, 1, 5])
def test_a_warm_up_reaches_the_schedule_in_equal_parts(schedule: str, warmup_steps: int) -> None:
    """As torch's LinearLR does, which the public code of the detectors has its own form of."""
    config = Optimization("sgd", 0.1, schedule=schedule, milestones=(0.25, 0.5), warmup_steps=warmup_steps)  # type: ignore[arg-type]
    plain = replace(config, warmup_steps=0)
    warming = make_optimizer([parameter()], replace(config, lr=1.0))
    factors = rates(LinearLR(warming, 1 / max(warmup_steps, 1), 1.0, max(warmup_steps - 1, 1)), 12)
    found = [learning_rate(config, step, 12, 3) for step in range(12)]
    assert found == pytest.approx([learning_rate(plain, step, 12, 3) * factors[step] for step in range(12)])
    assert found[warmup_steps:] == [learning_rate(plain, step, 12, 3) for step in range(warmup_steps, 12)]


def test_unknown_schedules_and_optimizers_are_refused() -> None:
    with pytest.raises(OptimizationError, match="schedule is 'linear': choose 'onecycle', 'multistep'"):
        Optimization(schedule="linear")  # type: ignore[arg-type]
    with pytest.raises(OptimizationError, match="optimizer is 'lion': choose 'adam', 'adamw', 'rmsprop', 'sgd'"):
        Optimization("lion")  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(1e-3, 1.0)), min_size=1, max_size=8))
def test_rmsprop_is_its_formula(steps: list[tuple[float, float]]) -> None:
    """The rate of each step multiplies the whole velocity, whatever rates that was gathered under."""
    weights = [torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64)) for _ in range(2)]
    optimizer = RMSProp(weights, 1.0, alpha=0.8, momentum=0.7, eps=1e-2)
    expected, square, velocity = 1.0, 0.0, 0.0
    for gradient, lr in steps:
        square = 0.8 * square + 0.2 * gradient**2
        velocity = 0.7 * velocity + gradient / math.sqrt(square + 1e-2)
        expected -= lr * velocity
        weights[0].grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.param_groups[0]["lr"] = lr
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


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=60))
def test_averages_are_a_loop_of_growing_decay(values: list[float]) -> None:
    """Decay (1 + n) / (10 + n), n counted from 1: the first average keeps 2/11 of what the net began with."""
    net = torch.nn.BatchNorm2d(1).double()
    averages = Averages(net)
    expected = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    for n, value in enumerate(values, start=1):
        decay = (1 + n) / (10 + n)
        for name, average in expected.items():
            getattr(net, name).data.fill_(value)
            expected[name] = decay * average + (1 - decay) * value
        assert averages.update(net) == pytest.approx(1 - decay, rel=1e-12)
    assert {name: float(value) for name, value in averages.values.items()} == pytest.approx(
        expected, rel=1e-9, abs=1e-9
    )
    assert averages.updates == len(values)
