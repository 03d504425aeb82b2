"""Reactivation of a named set of weights: they come back, and masks outside it stay in force."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from supertickets.architecture import PrunableSet
from supertickets.freezing import StoredValue
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching
from tests.properties.small import TWO_BRANCHES, bits, copies, same_bits, trainer
from tests.strategies import OPTIMIZERS

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
CONFIG = replace(TWO_BRANCHES, tokens=3)
"""With transformers, so that no two named sets are equal."""


def training_of(
    reactivated: PrunableSet, stored_value: StoredValue = "kept", optimizer: str = "adamw"
) -> SearchTrainer:
    optimization = Optimization(optimizer, lr=0.01, l2=1e-2, averaged=True)  # type: ignore[arg-type]
    searching = Searching(reactivated=reactivated, recalibration_batches=1)
    return trainer(CONFIG, optimization, searching=searching, pruning=Pruning("all", stored_value=stored_value))


def live(training: SearchTrainer) -> dict[str, Tensor]:
    return {name: weight.detach() for name, weight in CONFIG.prunable(training.net, "all").items()}


def averages(training: SearchTrainer) -> dict[str, Tensor]:
    assert training.averages is not None
    return {name: training.averages.values[name] for name in live(training)}


@pytest.mark.few
@pytest.mark.parametrize("reactivated", ["blocks", "body", "convolutions", "all"])
@pytest.mark.parametrize("stored_value", ["kept", "zero", "moving"])
def test_exactly_the_named_set_comes_back(reactivated: PrunableSet, stored_value: StoredValue) -> None:
    training = training_of(reactivated, stored_value)
    training.train_epoch(1)
    before, averages_before = copies(live(training)), copies(averages(training))
    training.prune(60)
    training.train_epoch(2)
    masks = copies(training.frozen.masks)
    trained, stored = copies(live(training)), training.frozen.values(masks)
    back = CONFIG.prunable(training.net, reactivated).keys()
    training.reactivate()
    assert training.frozen.active.keys() == masks.keys() - back
    assert training.frozen.masks.keys() == masks.keys(), "the last mask is remembered"
    for name, weight in live(training).items():
        pruned = ~masks[name]
        assert same_bits(weight[~pruned], trained[name][~pruned]), name
        if name not in back:
            assert not bits(weight)[pruned].any() and not bits(averages(training)[name])[pruned].any(), name
        elif stored_value == "moving":
            assert same_bits(weight[pruned], stored[name][pruned]), name
            assert not pruned.any() or (weight != before[name])[pruned].any(), name
        elif stored_value == "kept":
            assert same_bits(weight[pruned], before[name][pruned]), name
            assert same_bits(averages(training)[name][pruned], averages_before[name][pruned]), name
        else:
            assert not bits(weight)[pruned].any() and not bits(averages(training)[name])[pruned].any(), name


@pytest.mark.few
@pytest.mark.parametrize("reactivated", ["blocks", "body", "convolutions"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_masks_outside_it_stay_in_force(reactivated: PrunableSet, optimizer: str) -> None:
    training = training_of(reactivated, optimizer=optimizer)
    training.train_epoch(1)
    training.prune(60)
    masks = copies(training.frozen.masks)
    training.reactivate()
    values = copies(training.frozen.values(masks))
    training.train_epoch(2)
    outside = masks.keys() - CONFIG.prunable(training.net, reactivated).keys()
    moved = []
    for name, weight in live(training).items():
        pruned = ~masks[name]
        if name in outside:
            assert not bits(weight)[pruned].any(), name
            assert same_bits(training.frozen.values([name])[name][pruned], values[name][pruned]), name
        else:
            moved.append((weight != values[name])[pruned])
    assert torch.cat(moved).float().mean() > 0.5, "what is reactivated learns"
    in_force = training.ticket().masks
    assert in_force.keys() == outside and all(torch.equal(mask, masks[name]) for name, mask in in_force.items())


def test_everything_comes_back_when_asked_for() -> None:
    training = training_of("blocks")
    before = copies(live(training))
    training.prune(60)
    training.reactivate(everything=True)
    assert not training.frozen.active and all(
        same_bits(weight, before[name]) for name, weight in live(training).items()
    )


def test_the_last_mask_comes_into_force_where_it_is_not() -> None:
    training = training_of("body")
    training.train_epoch(1)
    before = copies(live(training))
    training.prune(60)
    masks, stored = copies(training.frozen.masks), training.frozen.values(before)
    training.reactivate()
    training.train_epoch(2)
    learned = copies(live(training))
    training.apply_last_mask()
    assert training.frozen.active.keys() == masks.keys()
    values = training.frozen.values(masks)
    body = CONFIG.prunable(training.net, "body").keys()
    for name, mask in masks.items():
        assert torch.equal(training.frozen.masks[name], mask) and not bits(live(training)[name])[~mask].any()
        expected = learned[name] if name in body else stored[name]
        assert same_bits(values[name][~mask], expected[~mask]), name


def test_the_next_pruning_compares_reactivated_and_frozen_values_alike() -> None:
    training = training_of("blocks")
    before = copies(live(training))
    training.prune(70)
    masks = copies(training.frozen.masks)
    training.reactivate()
    training.prune(70)
    assert all(torch.equal(mask, masks[name]) for name, mask in training.frozen.active.items())
    training.prune(0)
    assert all(same_bits(weight, before[name]) for name, weight in live(training).items())
