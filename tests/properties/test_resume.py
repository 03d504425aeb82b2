"""A training that stops after any epoch and goes on from its stored state ends in the same bits."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
import torch

from supertickets.architecture import PrunableSet
from supertickets.checkpoint import CheckpointError, restore, saved_facts, saved_state
from supertickets.freezing import StoredValue
from supertickets.optimizers import Optimization
from supertickets.pruning import Pruning
from supertickets.resuming import mask_trainer, search_trainer
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching, UnitShape
from supertickets.supernet import SupernetConfig
from supertickets.trainer import Trainer
from supertickets.two_in_one import TwoInOne, two_in_one
from tests.properties.small import TINY, TWO_BRANCHES, trainer

pytestmark = pytest.mark.filterwarnings("ignore:.*nothing is kept of")

SEARCHING = Searching(recalibration_batches=2)
ALGORITHM = TwoInOne(epochs=4, search_interval=2, prune_interval=1, sparsity=40, drop_threshold=0.999)
"""Prunes after every epoch, searches after every other; the threshold is so high that some units die each time."""


@dataclass(frozen=True)
class Settings:
    """A two-in-one training that can be begun, or put together in a stored shape."""

    config: SupernetConfig
    optimization: Optimization
    pruning: Pruning
    searching: Searching = SEARCHING
    algorithm: TwoInOne = ALGORITHM

    def training(self, shape: UnitShape | None = None, normaliser: float | None = None) -> SearchTrainer:
        return trainer(
            self.config, self.optimization, epochs=self.algorithm.epochs, steps=2, searching=self.searching,
            pruning=self.pruning, shape=shape, normaliser=normaliser,
        )  # fmt: skip

    def continued(self, image: bytes) -> SearchTrainer:
        """A new training in the stored state."""
        facts = saved_facts(image)
        training = self.training(facts["shape"], facts["normaliser"])
        restore(training, image)
        return training


def assert_resumes(given: Settings) -> None:
    training, algorithm = given.training(), given.algorithm
    training.keep_state("initial")
    states = {epoch: saved_state(training) for epoch in two_in_one(training, algorithm)}
    units = [entry["units"] for entry in training.progress.history if "units" in entry]
    assert len(units) == 2 and units[0] > units[-1] > 0, "some units go between stored states"
    for epoch, state in states.items():
        again = given.continued(state)
        assert saved_state(again) == state, f"storing after epoch {epoch} loses something"
        assert list(two_in_one(again, algorithm, epoch)) == list(range(epoch + 1, algorithm.epochs + 1))
        assert saved_state(again) == states[algorithm.epochs], f"going on after epoch {epoch} ends elsewhere"
        assert again.ticket().to_bytes() == training.ticket().to_bytes()
        assert again.states.states["initial"].keys() == training.states.states["initial"].keys() != set()
        assert saved_state(again) == saved_state(training)


@pytest.mark.fast
@pytest.mark.parametrize("stored_value", ["kept", pytest.param("moving", marks=pytest.mark.slow)])
def test_a_tiny_training_resumes_bit_for_bit(stored_value: StoredValue) -> None:
    optimization = Optimization("adamw", lr=5e-3, l2=1e-2, averaged=False)
    assert_resumes(Settings(TINY, optimization, Pruning("all", stored_value=stored_value)))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("stored_value", ["kept", "moving", "zero"])
@pytest.mark.parametrize(
    ("tokens", "averaged", "final_ticket", "prunable", "reactivated"),
    [(0, False, "last mask", "body", "body"), (4, True, "last pruning", "all", "blocks")],
)
def test_training_resumes_bit_for_bit(
    optimizer: str, stored_value: StoredValue, tokens: int, averaged: bool, final_ticket: str, prunable: PrunableSet,
    reactivated: PrunableSet,
) -> None:  # fmt: skip
    given = Settings(
        replace(TWO_BRANCHES, tokens=tokens),
        Optimization(optimizer, lr=5e-3, l2=1e-2, averaged=averaged),  # type: ignore[arg-type]
        Pruning(prunable, stored_value=stored_value),
        replace(SEARCHING, reactivated=reactivated),
        replace(ALGORITHM, final_ticket=final_ticket),  # type: ignore[arg-type]
    )
    assert_resumes(given)


@pytest.mark.fast
@pytest.mark.parametrize("averaged", [False, True])
def test_a_training_resumes_with_some_masks_in_force(averaged: bool) -> None:
    """Stored between a reactivation of blocks and the next pruning."""
    given = Settings(TINY, Optimization("adamw", lr=5e-3, l2=1e-2, averaged=averaged), Pruning("all"))
    training = given.training()
    training.train_epoch(1)
    training.prune(60)
    training.reactivate()
    state = saved_state(training)
    again = given.continued(state)
    assert training.frozen.masks.keys() > again.frozen.active.keys() == training.frozen.active.keys() != set()
    for each in (training, again):
        each.train_epoch(2)
        each.apply_last_mask()
        each.train_epoch(3)
    assert saved_state(training) == saved_state(again)


@pytest.mark.few
@pytest.mark.fast
@pytest.mark.parametrize("stored_value", ["kept", "moving", "zero"])
@pytest.mark.parametrize("averaged", [False, True])
def test_retraining_under_a_mask_resumes_bit_for_bit(stored_value: StoredValue, averaged: bool) -> None:
    def training() -> Trainer:
        model = trainer(TINY, Optimization("adamw", lr=5e-3, l2=1e-2, averaged=averaged), steps=2)
        return Trainer(TINY, model.net, model.batches, 3, stored_value)

    one = training()
    random = torch.Generator().manual_seed(0)
    weights = TINY.prunable(one.net, "all").items()
    one.set_masks({name: torch.rand(weight.shape, generator=random) < 0.5 for name, weight in weights})
    states = []
    for epoch in (1, 2, 3):
        one.train_epoch(epoch)
        states.append(saved_state(one))
    for done, state in enumerate(states, start=1):
        again = training()
        restore(again, state)
        assert saved_state(again) == state
        for epoch in range(done + 1, 4):
            again.train_epoch(epoch)
        assert saved_state(again) == states[-1] and again.ticket().to_bytes() == one.ticket().to_bytes()


@pytest.mark.fast
def test_equal_seeds_train_equally() -> None:
    states = []
    for _ in range(2):
        training = trainer(replace(TINY, tokens=3), steps=2, epochs=2)
        for _ in two_in_one(training, replace(ALGORITHM, epochs=2, sparsity=20)):
            pass
        states.append(saved_state(training))
    assert states[0] == states[1]


@pytest.mark.fast
def test_masks_of_a_ticket_file_may_come_in_any_order() -> None:
    """Retraining takes its masks from a file, whose order is the file's."""
    trainings = []
    for order in (1, -1):
        optimization = Optimization("sgd", lr=0.01, l2=1e-2, averaged=False)
        training = trainer(TINY, optimization, pruning=Pruning("all", stored_value="moving"))
        random = torch.Generator().manual_seed(0)
        weights = TINY.prunable(training.net, "all").items()
        masks = {name: torch.rand(weight.shape, generator=random) < 0.5 for name, weight in weights}
        training.set_masks(dict(list(masks.items())[::order]))
        training.train_epoch(1)
        trainings.append(training)
    one, two = (training.frozen.values(masks) for training in trainings)
    for name, value in one.items():
        assert torch.equal(value, two[name]), name


@pytest.mark.fast
def test_facts_are_readable_without_a_net() -> None:
    training = trainer()
    training.train_epoch(1)
    facts = saved_facts(saved_state(training))
    assert facts["epoch"] == 1 and facts["history"] == training.progress.history
    assert facts["shape"]["head.block"] == [8, 8] and facts["normaliser"] == training.penalty.normaliser


@pytest.mark.fast
def test_what_is_no_state_of_this_training_is_refused() -> None:
    image = saved_state(trainer(TINY))
    length = int.from_bytes(image[:8], "little")
    heading = json.loads(image[8 : 8 + length])
    training = json.loads(heading["__metadata__"]["training"])

    def with_heading(**entries: object) -> bytes:
        changed = {**heading, "__metadata__": {"training": json.dumps({**training, **entries})}}
        text = json.dumps(changed).encode()
        return len(text).to_bytes(8, "little") + text + image[8 + length :]

    restore(trainer(TINY), with_heading())
    facts, shapes = training["facts"], training["shapes"]
    less = {kind: dict(list(names.items())[1:]) for kind, names in shapes.items()}
    strangers = [b"", b"12345678", bytes(200), b"\xff" * 200, image[: 8 + length], image[:-5], image + b"more"]
    strangers += [with_heading(facts=value) for value in (None, [], {}, {**facts, "epoch": "1"}, {**facts, "shape": 1})]
    strangers += [with_heading(shapes=value) for value in (None, {}, {kind: {} for kind in shapes}, less)]
    strangers.append((100).to_bytes(8, "little") + b"[" * 100)
    for stranger in strangers:
        with pytest.raises(CheckpointError):
            restore(trainer(TINY), stranger)
    with pytest.raises(CheckpointError, match="of another net"):
        restore(trainer(TWO_BRANCHES), image)


@pytest.mark.fast
def test_a_whole_state_of_another_training_is_refused() -> None:
    own = trainer(TINY)
    plain = Trainer(TINY, TINY.build(0), own.batches, 3)
    averaging = trainer(TINY, Optimization(lr=0.01, averaged=True)).batches

    def searching(stored: bytes) -> SearchTrainer:
        return search_trainer(TINY, own.batches, 10, SEARCHING, Pruning(), 0, stored)

    def masked(stored: bytes) -> Trainer:
        return mask_trainer(own.ticket(), averaging, 3, stored)

    assert searching(saved_state(own)).progress.epoch == 0
    for resumed, state, said in (
        (searching, saved_state(trainer(TWO_BRANCHES)), "of another net: .*stages"),
        (searching, saved_state(plain), "of a training without search"),
        (masked, saved_state(plain), "of another kind of training: 'averages'"),
    ):
        with pytest.raises(CheckpointError, match=said):
            resumed(state)
