"""Training, pruning, reactivation, removal and storing in any order, against a model that holds plain dicts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from torch import Tensor

from supertickets.architecture import PrunableSet
from supertickets.averages import Averages
from supertickets.checkpoint import restore, saved_facts, saved_state
from supertickets.freezing import StoredValue
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching, UnitShape
from supertickets.units import unit_groups
from tests.properties.removal import choose_survivors, indexed_by_hand
from tests.properties.small import TINY, copies, same_bits, trainer
from tests.strategies import OPTIMIZERS, percentages

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]


SETS = st.sampled_from(("blocks", "body", "convolutions", "all"))


class Machine(RuleBasedStateMachine):
    """The model: `values` and `averages` of all weights as if nothing were masked, the last masks, those in force."""

    @initialize(
        optimizer=st.sampled_from(OPTIMIZERS),
        tokens=st.sampled_from((0, 3)),
        stored=st.sampled_from(("kept", "zero")),
        prunable=SETS,
        reactivated=SETS,
    )
    def start(
        self, optimizer: str, tokens: int, stored: StoredValue, prunable: PrunableSet, reactivated: PrunableSet
    ) -> None:
        self.config = replace(TINY, tokens=tokens)
        self.optimization = Optimization(optimizer, lr=0.01, l2=1e-2, averaged=True)  # type: ignore[arg-type]
        self.pruning = Pruning(prunable, stored_value=stored)
        self.searching = Searching(recalibration_batches=1, reactivated=reactivated)
        self.training = self.new_training(None, None)
        self.values = copies(self.weights("all"))
        self.averages = copies({name: self.training_averages.values[name] for name in self.values})
        self.masks: dict[str, Tensor] = {}
        self.active: set[str] = set()

    def new_training(self, shape: UnitShape | None, normaliser: float | None) -> SearchTrainer:
        return trainer(
            self.config, self.optimization, epochs=99, searching=self.searching, pruning=self.pruning, shape=shape,
            normaliser=normaliser,
        )  # fmt: skip

    def weights(self, which: PrunableSet) -> dict[str, Tensor]:
        return dict(self.config.prunable(self.training.net, which))

    @property
    def training_averages(self) -> Averages:
        assert self.training.averages is not None
        return self.training.averages

    def kept(self, name: str) -> Tensor:
        return self.masks[name] if name in self.active else torch.ones_like(self.values[name], dtype=torch.bool)

    @rule()
    def train(self) -> None:
        self.training.train_epoch(self.training.progress.epoch + 1)
        for name, live in self.weights("all").items():
            kept = self.kept(name)
            self.values[name][kept] = live.detach()[kept]
            self.averages[name][kept] = self.training_averages.values[name][kept]

    @rule(percent=percentages())
    def prune(self, percent: int) -> None:
        self.training.prune(percent)
        compared = {name: self.values[name] for name in self.weights(self.pruning.prunable)}
        scored = [(abs(v), i) for i, v in enumerate(v for t in compared.values() for v in t.flatten().tolist())]
        gone = {position for _, position in sorted(scored)[: round(percent * len(scored) / 100)]}
        self.masks, first = {}, 0
        for name, value in compared.items():
            kept = [first + i not in gone for i in range(value.numel())]
            self.masks[name] = torch.tensor(kept, dtype=torch.bool).view(value.shape)
            first += value.numel()
        self.active = set()
        self.freeze()

    def freeze(self) -> None:
        if self.pruning.stored_value == "zero":
            for name in self.masks.keys() - self.active:
                for whole in (self.values, self.averages):
                    whole[name] = whole[name].masked_fill(~self.masks[name], 0.0)
        self.active = set(self.masks)

    @rule(everything=st.booleans())
    def reactivate(self, everything: bool) -> None:
        self.training.reactivate(everything)
        self.active -= self.values.keys() if everything else self.weights(self.searching.reactivated).keys()

    @rule()
    def apply_last_mask(self) -> None:
        self.training.apply_last_mask()
        self.freeze()

    @rule()
    def recalibrate(self) -> None:
        self.training.recalibrate()

    @precondition(lambda self: unit_groups(self.training.net))
    @rule(seed=st.integers(0, 10**6))
    def remove_units(self, seed: int) -> None:
        net = self.training.net
        survivors = choose_survivors(net, seed)
        units = sum(group.units for group in unit_groups(net).values())
        for name, keep in survivors.items():
            group = unit_groups(net)[name]
            scale = next(key for key, value in group.named_parameters() if value is group.scale)
            gone = torch.ones(group.units, dtype=torch.bool)
            gone[keep] = False
            group.get_parameter(scale).detach()[gone] = 0.0
            self.training_averages.values[f"{name}.{scale}"][gone] = 0.0
        for attribute in ("values", "averages", "masks"):
            left = indexed_by_hand(getattr(self, attribute), net, survivors)
            setattr(self, attribute, {name: value for name, value in left.items() if value.numel()})
        self.active &= self.masks.keys()
        removed = self.training.remove_units(1e-30)
        assert removed == units - sum(group.units for group in unit_groups(net).values())

    @rule()
    def store_and_load(self) -> None:
        state = saved_state(self.training)
        facts = saved_facts(state)
        self.training = self.new_training(facts["shape"], facts["normaliser"])
        restore(self.training, state)
        assert saved_state(self.training) == state

    @invariant()
    def agrees_with_the_model(self) -> None:
        training, weights = self.training, self.weights("all")
        frozen, averages = training.frozen, self.training_averages.values
        assert frozen.active.keys() == frozen.average_stash.keys() == self.active
        assert weights.keys() == self.values.keys() and frozen.masks.keys() == self.masks.keys()
        stored = frozen.values(weights)
        for name, live in weights.items():
            kept, zero = self.kept(name), torch.zeros_like(live)
            assert same_bits(stored[name], self.values[name]), name
            assert same_bits(live, torch.where(kept, self.values[name], zero)), name
            assert same_bits(averages[name], torch.where(kept, self.averages[name], zero)), name
            if name in self.masks:
                assert torch.equal(frozen.masks[name], self.masks[name]), name
            for moment in training.optimizer.state.get(live, {}).values():
                if moment.dim():
                    assert moment.shape == live.shape and not moment[~kept].any(), name


def test_any_order_of_events() -> None:
    run_state_machine_as_test(Machine, settings=settings())
