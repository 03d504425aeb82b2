"""Which search units die: those below the threshold, in value and in average; and when a removal is worth it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from supertickets.architecture import ArchitectureError
from supertickets.averages import Averages
from supertickets.checkpoint import saved_state
from supertickets.costs import cost
from supertickets.optimizers import Optimization
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching, remove_units, surviving_units
from supertickets.units import unit_groups
from tests.properties.small import TINY, TWO_BRANCHES, trainer
from tests.strategies import FEW

pytestmark = pytest.mark.fast
EPS = 1e-3
SCALES = st.sampled_from((0.0, -0.0, EPS / 2, -EPS / 2, EPS, -EPS, 2 * EPS, 1.0))
SIXTEEN = st.lists(SCALES, min_size=16, max_size=16)
ROLES = {
    "head.block": "head.block.depthwise_bn.weight",
    "transformer": "stages.1.branches.0.0.transformer.token_bn.weight",
}


def set_head(net: nn.Module, scales: list[float]) -> None:
    with torch.no_grad():
        net.get_parameter(ROLES["head.block"]).copy_(torch.tensor(scales))


def assert_survivors(found: dict[str, Tensor], alive: list[int]) -> None:
    assert set(found) == ({"head.block"} if len(alive) < 16 else set()), "groups that lose nothing are not named"
    if found:
        assert found["head.block"].tolist() == alive and found["head.block"].dtype == torch.int64


@FEW
@given(SIXTEEN)
def test_units_below_the_threshold_die(scales: list[float]) -> None:
    net = TINY.build(0)
    set_head(net, scales)
    assert_survivors(surviving_units(net, EPS), [unit for unit, scale in enumerate(scales) if abs(scale) >= EPS])


@FEW
@given(SIXTEEN, SIXTEEN)
def test_with_averages_both_have_to_be_below_and_at_the_end_the_average(
    live: list[float], average: list[float]
) -> None:
    net = TINY.build(0)
    set_head(net, average)
    averages = Averages(net)
    set_head(net, live)
    either = [unit for unit in range(16) if max(abs(live[unit]), abs(average[unit])) >= EPS]
    at_the_end = [unit for unit in range(16) if abs(average[unit]) >= EPS]
    assert_survivors(surviving_units(net, EPS, averages), either)
    assert_survivors(surviving_units(net, EPS, averages, last=True), at_the_end)


@pytest.mark.parametrize("scale", ROLES.values(), ids=ROLES)
def test_channels_and_tokens_have_the_average_of_their_own_scale(scale: str) -> None:
    net = replace(TINY, tokens=4).build(0)
    averages = Averages(net)
    live = net.state_dict()[scale]
    live[:4] = torch.tensor([0.0, 0.0, 1.0, 1.0])
    averages.values[scale][:4] = torch.tensor([0.0, -1.0, 0.0, 1.0])
    group, rest = scale.rpartition(".")[0].rpartition(".")[0], list(range(4, len(live)))
    assert surviving_units(net, EPS, averages)[group].tolist() == [1, 2, 3, *rest]
    assert surviving_units(net, EPS, averages, last=True)[group].tolist() == [1, 3, *rest]
    assert surviving_units(net, EPS)[group].tolist() == [2, 3, *rest]


def units(training: SearchTrainer) -> int:
    return sum(group.units for group in unit_groups(training.net).values())


def kill(training: SearchTrainer, averages: bool) -> dict[str, Tensor]:
    """Set the scales (or averages of them) of some units of every group to 0; the survivors of every group."""
    survivors = {}
    for number, (name, group) in enumerate(unit_groups(training.net).items()):
        scale = next(key for key, value in group.named_parameters() if value is group.scale)
        if averages:
            assert training.averages is not None
            training.averages.values[f"{name}.{scale}"][: number + 1] = 0.0
        else:
            group.get_parameter(scale).detach()[: number + 1] = 0.0
        survivors[name] = torch.arange(number + 1, group.units)
    return survivors


@pytest.mark.parametrize("dead", ["scale", "average", "both"])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("averaged", [False, True])
def test_training_removes_the_dead_and_says_how_many(dead: str, last: bool, averaged: bool) -> None:
    if dead != "scale" and not averaged:
        return
    training = trainer(TWO_BRANCHES, Optimization(lr=0.01, averaged=averaged), epochs=1 if last else 2)
    training.train_epoch(1)
    before, groups = units(training), len(unit_groups(training.net))
    for kind in ("scale", "average"):
        if dead in (kind, "both"):
            kill(training, averages=kind == "average")
    removes = not averaged or dead == "both" or (last and dead == "average")
    expected = sum(range(1, groups + 1)) if removes else 0
    assert training.remove_units(EPS) == expected
    assert training.progress.history[-1]["units"] == before - expected == units(training)
    assert sum(len(penalty) for penalty in training.penalty.penalties) == before - expected
    assert training.remove_units(EPS) == 0
    training.train_epoch(2)


def saving(training: SearchTrainer, survivors: dict[str, Tensor]) -> int:
    """MACs that the removal saves at the size of the training images: what a count before and after it says."""
    smaller = deepcopy(training.net)
    remove_units(smaller, survivors)
    size = training.recipe.image_size
    return cost(training.net, size).macs_dense - cost(smaller, size).macs_dense


@pytest.mark.slow
@pytest.mark.parametrize("averaged", [False, True])
def test_a_removal_waits_until_it_saves_enough_or_training_ends(averaged: bool) -> None:
    optimization = Optimization(lr=0.01, averaged=averaged)

    def training_with_dead_units(rebuild_macs: int, epochs: int) -> tuple[SearchTrainer, dict[str, Tensor]]:
        training = trainer(TWO_BRANCHES, optimization, epochs=epochs, searching=Searching(rebuild_macs))
        training.train_epoch(1)
        if averaged:
            kill(training, averages=True)
        return training, kill(training, averages=False)

    saved = saving(*training_with_dead_units(0, 2))
    assert saved > 0
    training, survivors = training_with_dead_units(saved, 2)
    before = units(training)
    assert training.remove_units(EPS) == before - sum(len(keep) for keep in survivors.values()) > 0
    training, _ = training_with_dead_units(saved + 1, 2)
    state = saved_state(training)
    assert training.remove_units(EPS) == 0 and saved_state(training) == state, "nothing happens at all"
    training, _ = training_with_dead_units(10**12, 1)
    assert training.remove_units(EPS) > 0, "in the last epoch every dead unit goes"


def test_macs_are_counted_for_the_size_asked_for() -> None:
    plain, other = trainer(TINY), trainer(TINY, searching=Searching(cost_size=(32, 48)))
    name = "head.block"
    assert plain.penalty.sizes[name] == (4, 4) and other.penalty.sizes[name] == (8, 12)
    survivors = {name: torch.arange(1, 16)}
    assert other.penalty.macs_of(other.net, survivors) == 6 * plain.penalty.macs_of(plain.net, survivors)
    with torch.no_grad():
        unit = unit_groups(plain.net)[name].macs_per_unit((4, 4))[0]
    assert plain.penalty.macs_of(plain.net, survivors) == unit


@pytest.mark.parametrize(
    ("field", "value"), [("recalibration_batches", 0), ("rebuild_macs", -1), ("reactivated", "some")]
)
def test_searching_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    with pytest.raises(ArchitectureError, match=f"{field} is {value!r}: "):
        Searching(**{field: value})  # type: ignore[arg-type]
