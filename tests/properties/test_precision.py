"""Training steps in half a precision: near those in a whole one; frozen weights stay so, infinite steps are none."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
from torch import Tensor

from supertickets.batches import Batches
from supertickets.checkpoint import restore, saved_facts, saved_state
from supertickets.computing import PLAIN, Computing, Precision
from supertickets.optimizers import Optimization
from supertickets.parallel import SINGLE, Parallel
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching
from supertickets.tasks.segmentation import Segmentation
from tests.properties.small import TINY, bits, copies, images, same_bits
from tests.strategies import OPTIMIZERS
from tests.team import Team

pytestmark = pytest.mark.slow

HALF = Computing(precision="float16")
SCALE = 1024.0


def training_of(
    computing: Computing = PLAIN,
    optimizer: str = "adamw",
    parallel: Parallel = SINGLE,
    stored: bytes | None = None,
    steps: int = 2,
) -> SearchTrainer:
    optimization = Optimization(optimizer, lr=0.01, schedule="constant", l2=1e-2)  # type: ignore[arg-type]
    recipe = Recipe((16, 16), 4, steps, optimization, rho=1e-3, rho_warmup=1)
    batches = Batches(Segmentation(3), images(), recipe, 5, torch.device("cpu"), parallel, computing)
    net = TINY.build(1) if stored is None else TINY.shaped(saved_facts(stored)["shape"])
    training = SearchTrainer(TINY, net, batches, 4, Searching(recalibration_batches=1), Pruning())
    if computing.precision == "float16":  # torch begins with a scale whose first steps are infinite, hence none
        training.scaler.load_state_dict({**training.scaler.state_dict(), "scale": SCALE})
    if stored is not None:
        restore(training, stored)
    return training


def moved(training: SearchTrainer) -> dict[str, Tensor]:
    """Everything that a step of the optimizer changes."""
    kept = {f"{kind} {name}": value for kind, by in training.state.tensors().items() for name, value in by.items()}
    return copies(kept | dict(training.net.named_parameters()))


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_a_precision_trains_nearly_as_a_whole_one(precision: Precision) -> None:
    whole, half = training_of(), training_of(Computing(precision=precision))
    for epoch in (1, 2, 3):
        for training in (whole, half):
            training.train_epoch(epoch)
    assert {value.dtype for value in moved(half).values()} == {torch.float32}
    losses = [[entry["loss"] for entry in training.progress.history] for training in (whole, half)]
    assert losses[0] != losses[1] and losses[1] == pytest.approx(losses[0], rel=0.05)


def infinite_at(training: SearchTrainer, name: str) -> None:
    """Let a gradient be infinite or no number wherever its weight is pruned, and at the first that is not."""

    def spoiled(grad: Tensor) -> Tensor:
        mask = training.frozen.masks[name]
        spoilt = grad.masked_fill(~mask, math.inf)
        spoilt.view(-1)[int(mask.flatten().nonzero()[0])] = math.nan
        return spoilt

    training.net.get_parameter(name).register_hook(spoiled)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_with_infinite_gradients_is_none(optimizer: str) -> None:
    """Not even moments move; the loss is scaled less from then on, and the next step is one."""
    training = training_of(HALF, optimizer, steps=1)
    training.train_epoch(1)
    training.prune(50)
    before, scale, history = moved(training), training.scaler.get_scale(), training.progress.history
    weight = "head.block.expand.weight"
    infinite_at(training, weight)
    training.train_epoch(2)
    assert all(same_bits(value, before[name]) for name, value in moved(training).items())
    assert training.scaler.get_scale() == scale / 2 and len(history) == 2
    training.net.get_parameter(weight)._backward_hooks.clear()  # type: ignore[union-attr]
    training.train_epoch(3)
    after = moved(training)
    for name, mask in training.frozen.masks.items():
        assert not bits(after[name])[~mask].any(), "+0, as while it was pruned"
    assert not all(same_bits(value, before[name]) for name, value in after.items())


def test_what_is_infinite_in_one_process_is_skipped_in_all() -> None:
    team = Team(2)
    ranks = [training_of(HALF, parallel=rank) for rank in team.ranks]
    team.run([partial(training.prune, 50) for training in ranks])
    infinite_at(ranks[1], "head.block.expand.weight")
    before = moved(ranks[0])
    team.run([partial(training.train_epoch, 1) for training in ranks])
    for training in ranks:
        parameters = dict(training.net.named_parameters())
        assert all(same_bits(value, before[name]) for name, value in parameters.items())
        assert training.scaler.get_scale() == SCALE / 4, "two steps, each halves it"


def test_a_resumed_training_has_the_scale_of_the_loss() -> None:
    training = training_of(HALF)
    training.scaler.load_state_dict({**training.scaler.state_dict(), "scale": 64.0, "_growth_tracker": 7})
    training.train_epoch(1)
    resumed = training_of(HALF, stored=saved_state(training))
    for each in (training, resumed):
        each.train_epoch(2)
    assert (resumed.scaler.get_scale(), resumed.scaler.state_dict()["_growth_tracker"]) == (64.0, 11)
    assert saved_state(resumed) == saved_state(training)
