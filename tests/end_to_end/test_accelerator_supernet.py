"""The paper-size supernet on both kinds of accelerator, in little more time than counting its MACs takes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bench.accelerator.__main__ import table
from bench.accelerator.config import SIGMA, STONNE
from bench.accelerator.lowering import lower
from bench.accelerator.simulate import run, simulate
from supertickets.costs import cost
from supertickets.supernet import CITYSCAPES
from tests.net_masks import random_masks

pytestmark = pytest.mark.slow
IMAGE = (512, 1024)


def test_the_documented_comparison_of_the_rules_is_what_the_command_prints() -> None:
    page = (Path(__file__).parents[2] / "docs" / "accelerator.md").read_text()
    assert "\n".join(table()) in page


def test_the_supernet_at_90_percent() -> None:
    net = CITYSCAPES.build(0)
    dense = lower(net, IMAGE)
    masks = random_masks(net, 90)
    counted = cost(net, IMAGE, masks)  # imports what torch needs for meta tensors
    for config in (SIGMA, STONNE):
        start = time.process_time()
        cost(net, IMAGE, masks)
        control = time.process_time()
        found = simulate(net, IMAGE, masks, config)
        end = time.process_time()
        assert found.macs == counted.macs_nonzero and 0 < found.utilisation < 1
        assert end - control <= 3 * (control - start), f"{config.rules}: {end - control:.1f} s of one core"
        assert run(dense, config).latency_ms > 4 * found.latency_ms
