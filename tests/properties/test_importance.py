"""Which search units die: those below the threshold, in value and in average."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from supertickets.search import surviving_units
from supertickets.sparse import Averages

from supertickets.supernet import build, unit_groups
from tests.properties.small import TINY, TWO_BRANCHES, training
from tests.strategies import FEW

pytestmark = pytest.mark.fast
EPS = 1e-3
ROLES = {
    "head.block": "head.block.depthwise_bn.weight",
    "transformer": "stages.1.branches.0.0.transformer.token_bn.weight",
}


@FEW
@given(st.lists(st.sampled_from((0.0, -0.0, EPS / 2, -EPS / 2, EPS, -EPS, 2 * EPS, 1.0)), min_size=16, max_size=16))
def test_units_below_the_threshold_die(scales: list[float]) -> None:
    net = build(TINY, 0)
    with torch.no_grad():
        net.head.block.depthwise_bn.weight.copy_(torch.tensor(scales))
    found = surviving_units(net, EPS)
    alive = [unit for unit, scale in enumerate(scales) if abs(scale) >= EPS]
    assert set(found) == ({"head.block"} if len(alive) < 16 else set()), "groups that lose nothing are not named"
    if found:
        assert found["head.block"].tolist() == alive and found["head.block"].dtype == torch.int64


@pytest.mark.parametrize("scale", ROLES.values(), ids=ROLES)
def test_with_averages_both_have_to_be_below(scale: str) -> None:
    net = build(replace(TINY, tokens=4), 0)
    averages = Averages(net, 0.9)
    live = net.state_dict()[scale]
    live[:4] = torch.tensor([0.0, 0.0, 1.0, 1.0])
    averages.values[scale][:4] = torch.tensor([0.0, -1.0, 0.0, 1.0])
    group = scale.rpartition(".")[0].rpartition(".")[0]
    assert surviving_units(net, EPS, averages)[group].tolist() == list(range(1, len(live)))
    assert surviving_units(net, EPS)[group].tolist() == list(range(2, len(live)))


@pytest.mark.parametrize("averages", [0.0, 0.99])
def test_training_removes_the_dead_and_says_how_many(averages: float) -> None:
    run = training(TWO_BRANCHES)
    run = training(TWO_BRANCHES, replace(run.recipe.optimization, average_decay=averages))
    run.train_epoch(1)
    groups = unit_groups(run.net)
    before = sum(group.units for group in groups.values())
    for number, group in enumerate(groups.values()):
        with torch.no_grad():
            group.scale[: number + 1] = 0.0  # type: ignore[index]
    removed = run.remove_units(EPS)
    expected = 0 if averages else sum(range(1, len(groups) + 1))
    assert removed == expected and run.progress.history[-1]["units"] == before - expected
    assert sum(group.units for group in unit_groups(run.net).values()) == before - expected
    assert len(run.penalty.penalties) == before - expected  # type: ignore[union-attr]
    assert run.remove_units(EPS) == 0
    run.train_epoch(2)
