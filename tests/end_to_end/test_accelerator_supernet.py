"""The paper-size supernet on both kinds of accelerator, in seconds of one core."""

from __future__ import annotations

import time

import pytest
import torch

from bench.accelerator import SIGMA, STONNE, simulate
from supertickets.costs import cost
from supertickets.masks import global_masks, prunable
from supertickets.supernet import CITYSCAPES, build

pytestmark = pytest.mark.slow
IMAGE = (512, 1024)


def test_the_supernet_at_90_percent() -> None:
    net = build(CITYSCAPES, 0)
    random = torch.Generator().manual_seed(0)
    masks = global_masks({n: torch.rand(w.shape, generator=random) for n, w in prunable(net).items()}, 90)
    counted = cost(net, IMAGE, masks)  # also imports what torch needs for meta tensors
    for config in (SIGMA, STONNE):
        start = time.process_time()
        found = simulate(net, IMAGE, masks, config)
        seconds = time.process_time() - start
        assert found.macs == counted.macs_nonzero and 0 < found.utilisation < 1
        assert seconds <= 5, f"{config.rules} took {seconds:.1f} s"
        dense = simulate(net, IMAGE, config=config)
        assert dense.latency_ms > 4 * found.latency_ms
