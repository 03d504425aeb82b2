"""BatchNorm recalibration against two-pass statistics in float64."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from supertickets.recalibrate import recalibrate
from torch import Tensor, nn

from supertickets.seeding import generator
from supertickets.supernet import block, build, fused
from tests.properties.small import TINY, TWO_BRANCHES, randomise, training
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
    """A block that is too large for the cache is trained path by path; recalibration averages with momentum None."""
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
    recalibrate(net.train(train), iter(batches))
    for name, norm in norms(net).items():
        means = np.mean([values.mean(axis=1) for values in expected[name]], axis=0)
        variances = np.mean([values.var(axis=1, ddof=1) for values in expected[name]], axis=0)
        assert norm.running_mean is not None and norm.running_var is not None
        # float32 activations behind up to a dozen layers: 1e-5 of the spread
        spread = np.sqrt(variances.max()) + 1e-6
        np.testing.assert_allclose(norm.running_mean.numpy(), means, rtol=1e-4, atol=1e-5 * spread)
        np.testing.assert_allclose(norm.running_var.numpy(), variances, rtol=1e-4, atol=1e-5 * spread**2)
        assert norm.momentum == TWO_BRANCHES.bn_momentum and int(norm.num_batches_tracked or 0) == count
    assert net.training == train
    assert all(torch.equal(parameter, kept[name]) for name, parameter in net.named_parameters())


def test_a_failing_batch_leaves_momentum_and_mode_as_they_were() -> None:
    net = build(TINY, 0).eval()

    def batches() -> Iterator[Tensor]:
        yield torch.zeros(2, 3, 16, 16)
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        recalibrate(net, batches())
    assert not net.training and {norm.momentum for norm in norms(net).values()} == {TINY.bn_momentum}


def test_training_recalibrates_on_augmented_training_batches() -> None:
    run, other = training(), training()
    for one in (run, other):
        one.train_epoch(1)
    run.recalibrate()
    batches = []
    for step in (1, 2):
        draws = generator(5, "recalibration", "augmentation", step)
        index = other.batches._order.batch(step)
        batches.append(
            other.task.batch(other.split, index, (16, 16), other.recipe.augmentation, draws, other.device)[0]
        )
    recalibrate(other.net, batches)
    for (key, one), two in zip(run.net.state_dict().items(), other.net.state_dict().values(), strict=True):
        assert torch.equal(one, two), key
