"""A training that stops after any epoch and goes on from its stored state ends in the same bits."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from supertickets.training import Training

from supertickets.checkpoint import restore, saved_facts, training_state
from supertickets.masks import prunable
from supertickets.optimizers import Optimization
from supertickets.supernet import SupernetConfig
from supertickets.two_in_one import TwoInOne, two_in_one
from tests.properties.small import TINY, TWO_BRANCHES, training

pytestmark = pytest.mark.filterwarnings("ignore:.*nothing is kept of")

ALGORITHM = TwoInOne(
    epochs=6, search_interval=2, prune_interval=1, sparsity=50, recalibration_batches=2, drop_threshold=0.999
)
"""Prunes after every epoch, searches after every other; the threshold is so high that some units die each time."""


def continued(image: bytes, config: SupernetConfig, optimization: Optimization, algorithm: TwoInOne) -> Training:
    """A new training in the stored state."""
    facts = saved_facts(image)
    run = training(config, optimization, algorithm, steps=2, layout=facts["layout"], normaliser=facts["normaliser"])
    restore(run, image)
    return run


def assert_resumes(config: SupernetConfig, optimization: Optimization, algorithm: TwoInOne) -> None:
    run = training(config, optimization, algorithm, steps=2)
    run.keep_state("initial")
    states = {epoch: training_state(run) for epoch in two_in_one(run, algorithm)}
    units = [entry["units"] for entry in run.progress.history if "units" in entry]
    assert len(units) == 3 and units[0] > units[-1] > 0, "some units go between stored states"
    for epoch, state in states.items():
        again = continued(state, config, optimization, algorithm)
        assert training_state(again) == state, f"storing after epoch {epoch} loses something"
        assert list(two_in_one(again, algorithm, epoch)) == list(range(epoch + 1, algorithm.epochs + 1))
        assert training_state(again) == states[algorithm.epochs], f"going on after epoch {epoch} ends elsewhere"
        assert again.ticket().to_bytes() == run.ticket().to_bytes()
        assert again.states.states["initial"].keys() == run.states.states["initial"].keys() != set()
        assert training_state(again) == training_state(run)


@pytest.mark.fast
@pytest.mark.parametrize("stored_value", ["kept", "moving"])
def test_a_tiny_training_resumes_bit_for_bit(stored_value: str) -> None:
    optimization = Optimization("adamw", lr=5e-3, l2=1e-2)
    assert_resumes(TINY, optimization, replace(ALGORITHM, stored_value=stored_value))  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("stored_value", ["kept", "moving", "zero"])
@pytest.mark.parametrize(("tokens", "average_decay", "final_ticket"), [(0, 0.0, "last mask"), (4, 0.9, "last pruning")])
def test_training_resumes_bit_for_bit(
    optimizer: str, stored_value: str, tokens: int, average_decay: float, final_ticket: str
) -> None:
    optimization = Optimization(optimizer, lr=5e-3, l2=1e-2, average_decay=average_decay)  # type: ignore[arg-type]
    algorithm = replace(ALGORITHM, stored_value=stored_value, final_ticket=final_ticket)  # type: ignore[arg-type]
    assert_resumes(replace(TWO_BRANCHES, tokens=tokens), optimization, algorithm)


@pytest.mark.fast
def test_equal_seeds_train_equally() -> None:
    states = []
    for _ in range(2):
        run = training(replace(TINY, tokens=3), steps=2)
        for _ in two_in_one(run, replace(ALGORITHM, epochs=2, sparsity=20)):
            pass
        states.append(training_state(run))
    assert states[0] == states[1]


@pytest.mark.fast
def test_masks_of_a_ticket_file_may_come_in_any_order() -> None:
    """Retraining takes its masks from a file, whose order is the file's."""
    runs = []
    for order in (1, -1):
        run = training(TINY, Optimization("sgd", lr=0.01, l2=1e-2), replace(ALGORITHM, stored_value="moving"))
        random = torch.Generator().manual_seed(0)
        masks = {name: torch.rand(weight.shape, generator=random) < 0.5 for name, weight in prunable(run.net).items()}
        run.set_masks(dict(list(masks.items())[::order]))
        run.train_epoch(1)
        runs.append(run)
    for (name, one), two in zip(runs[0].sparse.values().items(), runs[1].sparse.values().values(), strict=True):
        assert torch.equal(one, two), name


@pytest.mark.fast
def test_facts_are_readable_without_a_net() -> None:
    run = training()
    run.train_epoch(1)
    facts = saved_facts(training_state(run))
    assert facts["epoch"] == 1 and facts["history"] == run.progress.history and facts["layout"]["head.block"] == [8, 8]
    assert facts["normaliser"] == run.penalty.normaliser  # type: ignore[union-attr]
