"""Ratios of training-step times, each against a control in the same process: `nox -s bench`.

Rounds alternate between the two sides, so that a machine that slows down slows both. Only ratios are asserted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from bench.paired import paired_ratio
from bench.unfused import unfused
from supertickets.freezing import FrozenWeights
from supertickets.masks import global_masks
from supertickets.memory import to_device
from supertickets.optimizer_state import OptimizerState
from supertickets.optimizers import Optimization, make_optimizer
from supertickets.supernet import CITYSCAPES, SupernetConfig, fused, miniature

CPU = torch.device("cpu")
PAPER_NET = replace(CITYSCAPES, tokens=0)


def gradient_step(net: torch.nn.Module, images: Tensor) -> Callable[[], None]:
    """Forward and backward of one batch."""

    def step() -> None:
        net.zero_grad(set_to_none=True)
        net(images).square().mean().backward()

    return step


@pytest.mark.parametrize(("layout", "at_least"), [("torch's default layout", 1.3), ("channels-last layout", 0.0)])
def test_fused_blocks_against_three_paths(benchmark: Any, layout: str, at_least: float) -> None:
    """The paper-size supernet at 64x128, batch 4, against its blocks as three plain paths."""
    ours = PAPER_NET.build(0).train()
    theirs = unfused(ours).train()
    to_device(ours, CPU)
    images = torch.randn(4, 3, 64, 128)
    last = images.contiguous(memory_format=torch.channels_last)
    if layout == "channels-last layout":
        to_device(theirs, CPU)
        images = last
    ratio = paired_ratio(
        benchmark, {"fused": gradient_step(ours, last), f"three paths, {layout}": gradient_step(theirs, images)}, 7
    )
    assert ratio >= at_least


@pytest.mark.parametrize(("config", "images"), [(PAPER_NET, (4, 3, 64, 128)), (miniature(9), (8, 3, 48, 96))])
def test_compiled_hidden_channels_against_torch(
    benchmark: Any, config: SupernetConfig, images: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paper-size supernet at 64x128 and the miniature one: torch's operations take at least 1.2 times as long."""
    if fused.compiled() is None or torch.get_num_threads() > 1:
        pytest.skip("needs a C compiler and one thread")
    kernels = fused.compiled
    net = config.build(0).train()
    to_device(net, CPU)
    step = gradient_step(net, torch.randn(images).contiguous(memory_format=torch.channels_last))

    def by_torch() -> None:
        monkeypatch.setattr(fused, "compiled", lambda: None)
        step()
        monkeypatch.setattr(fused, "compiled", kernels)

    assert paired_ratio(benchmark, {"compiled": step, "torch": by_torch}, 9) >= 1.2


def test_masked_training_against_dense_training(benchmark: Any) -> None:
    """What a 90 % mask adds to a training step is at most 2 % of it (paper-size supernet, 64x128).

    It is timed by itself, between two steps of the same net: two whole steps differ by more than that from noise alone.
    """
    net = PAPER_NET.build(0).train()
    to_device(net, CPU)
    images = torch.randn(4, 3, 64, 128).contiguous(memory_format=torch.channels_last)
    optimizer = make_optimizer(net.parameters(), Optimization(lr=1e-4))
    weights = FrozenWeights(net, OptimizerState(net, optimizer))
    weights.prune(global_masks({name: w.detach().abs() for name, w in PAPER_NET.prunable(net, "all").items()}, 90))
    gradients = gradient_step(net, images)

    def dense_step() -> None:
        gradients()
        optimizer.step()

    def masking() -> None:
        weights.before_step(0.0)
        weights.after_step()

    dense_step()  # gradients to mask in the first round too
    share = paired_ratio(benchmark, {"dense step": dense_step, "masking": masking}, 15)
    assert share <= 0.02
