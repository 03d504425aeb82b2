"""The paper's supernets have the published numbers of blocks, units, parameters and MACs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from supertickets.costs import cost
from supertickets.memory import outlined
from supertickets.supernet import (
    ADE20K,
    CITYSCAPES,
    COCO_KEYPOINTS,
    IMAGENET,
    Supernet,
    SupernetConfig,
    build,
)
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.transformer import TokenTransformer
from supertickets.units import unit_groups

pytestmark = pytest.mark.fast

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


@cache
def net_of(config: SupernetConfig) -> Supernet:
    """Without values, which nobody counts."""
    with outlined():
        return build(config, 0)


def count(config: SupernetConfig, kind: type) -> int:
    return sum(isinstance(module, kind) for module in net_of(config).modules())


def parameters(config: SupernetConfig) -> int:
    return sum(parameter.numel() for parameter in net_of(config).parameters())


WITHOUT = replace(CITYSCAPES, tokens=0)


def test_cityscapes_without_transformers() -> None:
    assert count(WITHOUT, SearchingBlock) == 61 and count(WITHOUT, TokenTransformer) == 0
    assert sum(group.units for group in unit_groups(net_of(WITHOUT)).values()) == 44_928
    assert parameters(WITHOUT) == 10_110_235
    found = cost(net_of(WITHOUT), (512, 1024))
    assert found.macs_dense == 61_836_632_064
    assert found.params_total == found.params_nonzero == 10_110_235


def test_cityscapes_with_transformers() -> None:
    assert count(CITYSCAPES, TokenTransformer) == 44 and count(CITYSCAPES, SearchingBlock) == 61
    assert parameters(CITYSCAPES) == 12_841_839
    channels = [m.channels for m in net_of(CITYSCAPES).modules() if isinstance(m, TokenTransformer)]
    assert "10,110,235 parameters and 61.84 GMACs, 12,841,839 parameters with" in CONTRIBUTING.read_text(
        encoding="utf-8"
    )
    assert parameters(CITYSCAPES) - parameters(WITHOUT) == sum(54_016 + 130 * c for c in channels)


@pytest.mark.slow
@pytest.mark.parametrize("config", [ADE20K, COCO_KEYPOINTS])
def test_other_dense_nets_differ_in_the_head_alone(config: SupernetConfig) -> None:
    """Head: 270 channels -> block of 3 x 1080 hidden channels -> `last` -> classifier with bias."""

    def head(c: SupernetConfig) -> int:
        hidden, last = 3 * 4 * 270, c.last_channels
        groups = 90  # the greatest common divisor of 270 and 90 or 180
        shortcut = 270 * last // groups
        return (
            hidden * 270
            + 4 * hidden
            + hidden // 3 * (9 + 25 + 49)
            + hidden * last
            + 2 * last
            + shortcut
            + (last + 1) * c.outputs
        )

    assert parameters(config) - parameters(CITYSCAPES) == head(config) - head(CITYSCAPES)


@pytest.mark.slow
def test_imagenet_has_its_head() -> None:
    net = net_of(replace(IMAGENET, tokens=0))
    assert [block.outputs for block in net.head.raises] == [36, 72, 144, 320]
    assert net.head.final[0].weight.shape == (1600, 320, 1, 1) and net.head.classifier.weight.shape == (1000, 1600)
