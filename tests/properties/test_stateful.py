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

from supertickets.checkpoint import restore, saved_facts, training_state
from supertickets.masks import prunable
from supertickets.optimizers import Optimization
from supertickets.supernet import unit_groups
from supertickets.two_in_one import TwoInOne
from tests.properties.removal import choose_survivors, indexed_by_hand
from tests.properties.small import TINY, same_bits, training
from tests.strategies import OPTIMIZERS, percentages

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]


class Machine(RuleBasedStateMachine):
    """The model: `values` and `averages` of all prunable weights as if nothing were masked, and the last masks."""

    @initialize(
        optimizer=st.sampled_from(OPTIMIZERS), tokens=st.sampled_from((0, 3)), stored=st.sampled_from(("kept", "zero"))
    )
    def start(self, optimizer: str, tokens: int, stored: str) -> None:
        self.config = replace(TINY, tokens=tokens)
        self.optimization = Optimization(optimizer, lr=0.01, l2=1e-2, average_decay=0.9)  # type: ignore[arg-type]
        self.algorithm = TwoInOne(99, prune_interval=11, recalibration_batches=1, stored_value=stored)  # type: ignore[arg-type]
        self.run = training(self.config, self.optimization, self.algorithm)
        self.values = self.copies(dict(prunable(self.run.net)))
        self.averages = self.copies({name: self.run.averages.values[name] for name in self.values})  # type: ignore[union-attr]
        self.masks: dict[str, Tensor] = {}
        self.active = False

    @staticmethod
    def copies(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}

    def kept(self, name: str) -> Tensor:
        return self.masks[name] if self.active else torch.ones_like(self.values[name], dtype=torch.bool)

    @rule()
    def train(self) -> None:
        self.run.train_epoch(self.run.progress.epoch + 1)
        averages = self.run.averages.values  # type: ignore[union-attr]
        for name, live in prunable(self.run.net).items():
            kept = self.kept(name)
            self.values[name][kept] = live.detach()[kept]
            self.averages[name][kept] = averages[name][kept]

    @rule(percent=percentages())
    def prune(self, percent: int) -> None:
        self.run.prune(percent)
        scored = [(abs(v), i) for i, v in enumerate(v for t in self.values.values() for v in t.flatten().tolist())]
        gone = {position for _, position in sorted(scored)[: round(percent * len(scored) / 100)]}
        self.masks, first = {}, 0
        for name, value in self.values.items():
            kept = [first + i not in gone for i in range(value.numel())]
            self.masks[name] = torch.tensor(kept, dtype=torch.bool).view(value.shape)
            first += value.numel()
        self.freeze()

    def freeze(self) -> None:
        self.active = True
        if self.algorithm.stored_value == "zero":
            for attribute in ("values", "averages"):
                whole = getattr(self, attribute).items()
                setattr(self, attribute, {name: value.masked_fill(~self.masks[name], 0.0) for name, value in whole})

    @rule()
    def reactivate(self) -> None:
        self.run.reactivate()
        self.active = False

    @rule()
    def apply_last_mask(self) -> None:
        self.run.apply_last_mask()
        if self.masks and not self.active:
            self.freeze()

    @rule()
    def recalibrate(self) -> None:
        self.run.recalibrate()

    @precondition(lambda self: unit_groups(self.run.net))
    @rule(seed=st.integers(0, 10**6))
    def remove_units(self, seed: int) -> None:
        survivors = choose_survivors(self.run.net, seed)
        units = sum(group.units for group in unit_groups(self.run.net).values())
        for name, keep in survivors.items():
            group = self.run.net.get_submodule(name)
            scale = next(key for key, value in group.named_parameters() if value is group.scale)
            gone = torch.ones(group.units, dtype=torch.bool)
            gone[keep] = False
            with torch.no_grad():
                group.scale[gone] = 0.0  # type: ignore[index]
                self.run.averages.values[f"{name}.{scale}"][gone] = 0.0  # type: ignore[union-attr]
        for attribute in ("values", "averages", "masks"):
            left = indexed_by_hand(getattr(self, attribute), self.run.net, survivors)
            setattr(self, attribute, {name: value for name, value in left.items() if value.numel()})
        removed = self.run.remove_units(1e-30)
        assert removed == units - sum(group.units for group in unit_groups(self.run.net).values())

    @rule()
    def store_and_load(self) -> None:
        state = training_state(self.run)
        facts = saved_facts(state)
        self.run = training(
            self.config, self.optimization, self.algorithm, layout=facts["layout"], normaliser=facts["normaliser"]
        )
        restore(self.run, state)
        assert training_state(self.run) == state

    @invariant()
    def agrees_with_the_model(self) -> None:
        run, weights = self.run, prunable(self.run.net)
        averages = run.averages.values  # type: ignore[union-attr]
        assert run.sparse.active == self.active
        assert weights.keys() == self.values.keys() and run.sparse.masks.keys() == self.masks.keys()
        stored = run.sparse.values()
        for name, live in weights.items():
            kept, zero = self.kept(name), torch.zeros_like(live)
            assert same_bits(stored[name], self.values[name]), name
            assert same_bits(live, torch.where(kept, self.values[name], zero)), name
            assert same_bits(averages[name], torch.where(kept, self.averages[name], zero)), name
            if self.masks:
                assert torch.equal(run.sparse.masks[name], self.masks[name]), name
            for moment in run.optimizer.state.get(live, {}).values():  # type: ignore[call-overload]
                if moment.dim():
                    assert moment.shape == live.shape and not moment[~kept].any(), name


def test_any_order_of_events() -> None:
    run_state_machine_as_test(Machine, settings=settings())
