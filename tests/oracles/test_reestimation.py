"""BatchNorm statistics that are measured again, alone and before a score, against two-pass statistics in float64."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.batches import Batches
from supertickets.evaluation import EvaluationError, EvaluationProtocol, evaluate, reestimate_batch_norm
from supertickets.optimizers import Optimization
from supertickets.supernet import block, build, fused
from tests.properties.small import TINY, TWO_BRANCHES, images, randomise, trainer
from tests.strategies import FEW

pytestmark = pytest.mark.fast


def norms(net: nn.Module) -> dict[str, nn.BatchNorm2d]:
    return {name: module for name, module in net.named_modules() if isinstance(module, nn.BatchNorm2d)}


def seen(net: nn.Module, batches: list[Tensor]) -> dict[str, list[np.ndarray]]:
    """What every BatchNorm is given in train mode, `(channels, values)` per batch, in float64."""
    inputs: dict[str, list[np.ndarray]] = {name: [] for name in norms(net)}

    def keep(name: str, x: Tensor) -> None:
        inputs[name].append(x.detach().transpose(0, 1).flatten(1).numpy().astype(np.float64))

    hooks = [
        norm.register_forward_pre_hook(lambda _, args, name=name: keep(name, args[0]))
        for name, norm in norms(net).items()
    ]
    with torch.no_grad(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(block, "hidden_paths", by_modules)  # the fused function calls no module that a hook could watch
        for batch in batches:
            net.train()(batch)
    for hook in hooks:
        hook.remove()
    return inputs


def by_modules(
    x: Tensor, stride: int, expand: nn.Module, first: nn.Module, filters: list[Tensor], second: nn.Module,
    project: nn.Module,
) -> Tensor:  # fmt: skip
    parts = zip(first(expand(x)).relu().split([len(path) for path in filters], 1), filters, strict=True)
    paths = [F.conv2d(part, path, None, stride, path.shape[2] // 2, 1, len(path)) for part, path in parts]
    result: Tensor = project(second(torch.cat(paths, 1)).relu())
    return result


@pytest.mark.parametrize("momentum", [0.1, None])
def test_one_path_at_a_time_gathers_the_same_statistics(
    momentum: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block that is too large for the cache is trained path by path; re-estimation averages with momentum None."""
    states = []
    for cache in (1 << 40, 0):
        monkeypatch.setattr(fused, "PART_BYTES", cache)
        net = build(TWO_BRANCHES, 0).double().train()
        for norm in norms(net).values():
            norm.momentum = momentum
        for number in range(3):
            net(torch.randn(2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(number)))
        states.append(net.state_dict())
    for name, value in states[0].items():
        torch.testing.assert_close(states[1][name], value, rtol=1e-9, atol=1e-9)


def assert_statistics(net: nn.Module, expected: dict[str, list[np.ndarray]]) -> None:
    """Means of batch means and of unbiased batch variances."""
    for name, norm in norms(net).items():
        means = np.mean([values.mean(axis=1) for values in expected[name]], axis=0)
        variances = np.mean([values.var(axis=1, ddof=1) for values in expected[name]], axis=0)
        assert norm.running_mean is not None and norm.running_var is not None
        # float32 activations behind up to a dozen layers: 1e-5 of the spread
        spread = np.sqrt(variances.max()) + 1e-6
        np.testing.assert_allclose(norm.running_mean.numpy(), means, rtol=1e-4, atol=1e-5 * spread)
        np.testing.assert_allclose(norm.running_var.numpy(), variances, rtol=1e-4, atol=1e-5 * spread**2)
        assert norm.num_batches_tracked == len(expected[name])


@FEW
@given(st.integers(1, 6), st.integers(0, 10**6), st.booleans())
def test_statistics_are_means_over_batches(count: int, seed: int, train: bool) -> None:
    net = build(TWO_BRANCHES, seed)
    randomise(net, seed)
    random = torch.Generator().manual_seed(seed)
    batches = [torch.randn(3, 3, 16, 16, generator=random) * (1 + number) for number in range(count)]
    expected = seen(net, batches)
    randomise(net, seed)  # other statistics than those of the pass above
    kept = {name: parameter.clone() for name, parameter in net.named_parameters()}
    reestimate_batch_norm(net.train(train), iter(batches))
    assert_statistics(net, expected)
    assert {norm.momentum for norm in norms(net).values()} == {TWO_BRANCHES.bn_momentum}
    assert net.training == train
    assert all(torch.equal(parameter, kept[name]) for name, parameter in net.named_parameters())


def test_a_failing_batch_leaves_momenta_and_mode_as_they_were() -> None:
    net = build(replace(TINY, tokens=3, bn_momentum=0.2), 0).eval()
    momenta = [norm.momentum for norm in norms(net).values()]
    assert set(momenta) == {0.1, 0.2}, "transformers have one of their own"

    def batches() -> Iterator[Tensor]:
        yield torch.zeros(2, 3, 16, 16)
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        reestimate_batch_norm(net, batches())
    assert not net.training and [norm.momentum for norm in norms(net).values()] == momenta


def test_a_search_measures_on_augmented_training_batches() -> None:
    """After epoch 1 of one step: those of steps 1 and 2, augmented afresh; averages take the statistics over."""
    averaged = Optimization(lr=0.01, schedule="constant")
    run, other = trainer(optimization=averaged), trainer(optimization=averaged)
    for one in (run, other):
        one.train_epoch(1)
    run.recalibrate()
    reestimate_batch_norm(other.net, [other.batches.batch(step, "recalibration")[0] for step in (1, 2)])
    assert run.averages is not None and other.averages is not None
    for name, value in other.net.state_dict().items():
        assert torch.equal(run.net.state_dict()[name], value), name
        if value.is_floating_point():
            statistic = name.endswith(("running_mean", "running_var"))
            assert torch.equal(run.averages.values[name], value if statistic else other.averages.values[name]), name


class Counted(Batches):
    """Batches that remember which were asked for."""

    def batch(self, step: int, purpose: str = "train") -> tuple[Tensor, object]:
        self.asked = [*getattr(self, "asked", []), (step, purpose)]
        return super().batch(step, purpose)


def counted(seed: int = 5) -> Counted:
    run = trainer()
    return Counted(run.batches.task, run.batches.samples, run.recipe, seed, torch.device("cpu"))


TEST = images(7, seed=1)


def scored(net: nn.Module) -> dict[str, float]:
    """What the task says about the net as it is, all images at once."""
    return trainer().batches.task.evaluate(net.eval(), TEST, (16, 16), 7, torch.device("cpu"))


@pytest.mark.parametrize("count", [1, 4])
def test_a_net_is_scored_with_the_statistics_of_so_many_training_batches(count: int) -> None:
    net = build(TWO_BRANCHES, 3)
    randomise(net, 3)
    plain, batches = counted(), counted()
    given = [plain.batch(step, "re-estimation")[0] for step in range(count)]
    expected, kept = seen(copy.deepcopy(net), given), dict(copy.deepcopy(net).named_parameters())
    stale = scored(net)
    found = evaluate(net, EvaluationProtocol(batches=count), batches, TEST, batch_size=2)
    assert batches.asked == [(step, "re-estimation") for step in range(count)]
    assert_statistics(net, expected)
    assert found == scored(net) != stale
    assert all(torch.equal(parameter, kept[name]) for name, parameter in net.named_parameters())


def test_the_public_codes_protocol_is_the_default() -> None:
    batches = counted()
    evaluate(build(TINY, 0), EvaluationProtocol(), batches, TEST, batch_size=2)
    assert [step for step, _ in batches.asked] == list(range(10))


def test_as_trained_nothing_is_measured() -> None:
    net = build(TWO_BRANCHES, 3)
    randomise(net, 3)
    before, batches = copy.deepcopy(net.state_dict()), counted()
    found = evaluate(net, EvaluationProtocol("as trained"), batches, TEST, batch_size=2)
    assert found == scored(net) and not hasattr(batches, "asked")
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_of_averages_the_statistics_are_those_of_the_averaged_weights() -> None:
    """The ticket of a training holds its averages; with their own statistics, not with averaged or current ones."""
    run = trainer(TWO_BRANCHES, Optimization("sgd", 0.3, schedule="constant"))
    for epoch in range(1, 5):
        run.train_epoch(epoch)
    assert run.averages is not None
    by_hand = copy.deepcopy(run.net)
    by_hand.load_state_dict(run.averages.values, strict=False)
    assert not torch.equal(by_hand.stem[0][0].weight, run.net.stem[0][0].weight)  # type: ignore[index, union-attr]
    ticket = run.ticket().net()
    plain = counted()
    expected = seen(by_hand, [plain.batch(step, "re-estimation")[0] for step in range(3)])
    evaluate(ticket, EvaluationProtocol(batches=3), counted(), TEST, batch_size=2)
    assert_statistics(ticket, expected)


def test_equal_evaluations_are_equal_to_the_bit() -> None:
    """Transformers drop out while statistics are measured; which elements depends on the seed alone."""
    states: list[Tensor] = []
    for seed in (5, 5, 6):
        torch.rand(len(states))  # another global state
        net = build(replace(TINY, tokens=3), 0)
        evaluate(net, EvaluationProtocol(batches=2), counted(seed), TEST, batch_size=2)
        states.append(torch.cat([norm.running_mean for norm in norms(net).values()]))  # type: ignore[misc]
    assert torch.equal(states[0], states[1]) and not torch.equal(states[0], states[2])


def test_no_protocol_without_batches_or_of_another_name() -> None:
    with pytest.raises(EvaluationError, match="batches is 0: give a positive whole number"):
        EvaluationProtocol(batches=0)
    with pytest.raises(EvaluationError, match="batch_norm is 'fresh': choose 're-estimated', 'as trained'"):
        EvaluationProtocol("fresh")  # type: ignore[arg-type]
