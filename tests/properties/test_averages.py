"""Averages of weights: an average of the last tenth of a training, whatever its length."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from supertickets.averages import Averages
from supertickets.optimizers import Optimization
from tests.properties.small import copies, same_bits, trainer

pytestmark = pytest.mark.fast


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=30))
def test_the_decay_after_n_updates_is_1_plus_n_over_10_plus_n(values: list[int]) -> None:
    net = nn.Linear(1, 1, bias=False).double()
    with torch.no_grad():
        net.weight.fill_(7.0)
        averages, expected = Averages(net), Fraction(7)
        for n, value in enumerate(values, start=1):
            net.weight.fill_(value)
            share = averages.update(net)
            decay = Fraction(1 + n, 10 + n)
            expected = decay * expected + (1 - decay) * value
            assert averages.updates == n and share == pytest.approx(float(1 - decay), abs=1e-15)
            assert averages.values["weight"].item() == pytest.approx(float(expected), rel=1e-12, abs=1e-12)


def test_a_long_training_is_averaged_over_its_last_tenth() -> None:
    """The weight of the value at update k of n is about 9 / n (k / n)^8: nine tenths of all of it on the last 23 %."""
    net = nn.Linear(1, 1, bias=False).double()
    with torch.no_grad():
        net.weight.zero_()
        averages = Averages(net)
        for n in range(1, 1001):
            net.weight.fill_(float(n > 900))
            averages.update(net)
    assert averages.values["weight"].item() == pytest.approx(1 - 0.9**9, abs=0.01)


def test_training_averages_every_step_parameters_and_statistics_alike() -> None:
    training = trainer(optimization=Optimization(lr=0.01, averaged=True), steps=3)
    assert training.averages is not None
    floats = {name for name, value in training.net.state_dict().items() if value.is_floating_point()}
    assert training.averages.values.keys() == floats
    assert all(same_bits(value, training.net.state_dict()[name]) for name, value in training.averages.values.items())
    before = copies(training.averages.values)
    training.train_epoch(1)
    training.train_epoch(2)
    assert training.averages.updates == 6
    moved = [not torch.equal(value, before[name]) for name, value in training.averages.values.items()]
    assert all(moved)
    ticket = training.ticket()
    assert all(torch.equal(ticket.weights[name], value) for name, value in training.averages.values.items())


def test_without_averages_the_weights_come_out() -> None:
    training = trainer(optimization=Optimization(lr=0.01, averaged=False))
    training.train_epoch(1)
    assert training.averages is None
    ticket = training.ticket()
    assert all(torch.equal(ticket.weights[name], value) for name, value in training.net.state_dict().items())


def test_averages_take_over_recalibrated_statistics() -> None:
    training = trainer(optimization=Optimization(lr=0.01, averaged=True))
    assert training.averages is not None
    training.train_epoch(1)
    before = copies(training.averages.values)
    training.recalibrate()
    state = training.net.state_dict()
    for name, value in training.averages.values.items():
        statistic = name.endswith(("running_mean", "running_var"))
        assert torch.equal(value, state[name] if statistic else before[name]), name
        assert not statistic or not torch.equal(value, before[name])
