"""Processes that share a training: their shares are the batch of a single one, and they decide alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.batches import Batches
from supertickets.computing import PLAIN, Computing
from supertickets.optimizers import Optimization
from supertickets.parallel import SINGLE, Parallel, ProcessesDiffer, SingleProcess, check_agreement, share
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching
from supertickets.seeding import Draws, generator
from supertickets.tasks import Augmentation, ClassifiedImages, LabelledImages, PersonCrops, Task
from supertickets.tasks.classification import Classification
from supertickets.tasks.data import IGNORE_LABEL
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne, two_in_one
from tests.properties.small import TWO_BRANCHES, DoubleImages, copies, images, same_bits
from tests.strategies import FEW
from tests.team import Team

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
CPU = torch.device("cpu")


@given(st.integers(1, 64), st.integers(1, 9))
def test_shares_are_the_batch_in_order_and_as_equal_as_can_be(batch_size: int, world: int) -> None:
    shares = [share(SingleProcess(rank, world), batch_size) for rank in range(world)]
    assert (shares[0].start, shares[-1].stop) == (0, batch_size)
    assert all(one.stop == other.start for one, other in pairwise(shares))
    sizes = {part.stop - part.start for part in shares}
    assert max(sizes) - min(sizes) <= 1
    assert share(SINGLE, batch_size) == slice(0, batch_size)


@given(st.integers(1, 64), st.integers(1, 4), st.integers(1, 4))
def test_parts_are_those_of_one_process_and_their_shares_those_of_more(batch_size: int, world: int, parts: int) -> None:
    shares = [
        share(SingleProcess(rank, world), batch_size, part, parts) for part in range(parts) for rank in range(world)
    ]
    assert shares == [share(SingleProcess(rank, world * parts), batch_size) for rank in range(world * parts)]
    for part in range(parts):
        own = shares[part * world : (part + 1) * world]
        assert slice(own[0].start, own[-1].stop) == share(SINGLE, batch_size, part, parts)


KINDS: dict[str, Callable[[Draws], Tensor]] = {
    "uniform": lambda draws: draws.uniform(-2.0, 3.0),
    "normal": lambda draws: draws.normal(),
    "chance": lambda draws: draws.chance(0.5),
}


@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6), st.integers(1, 12), st.integers(1, 4))
def test_draws_of_shares_are_those_of_the_whole_batch(kinds: list[str], count: int, world: int) -> None:
    whole = Draws(generator(1, "draws"), count)
    parts = [Draws(generator(1, "draws"), count, share(SingleProcess(rank, world), count)) for rank in range(world)]
    for kind in kinds:  # one after the other: a share does not change what is drawn next
        drawn = KINDS[kind](whole)
        assert drawn.shape == (count,)
        assert torch.equal(torch.cat([KINDS[kind](part) for part in parts]), drawn)


def persons(count: int = 10) -> PersonCrops:
    """Random persons of twelve joints, most of them labelled, on canvases of 32 pixels."""
    random = torch.Generator().manual_seed(0)
    return PersonCrops(
        images=torch.randint(0, 256, (count, 3, 32, 32), generator=random, dtype=torch.uint8),
        joints=torch.rand(count, 12, 2, generator=random) * 31,
        visibility=(torch.rand(count, 12, generator=random) < 0.9).to(torch.uint8),
        to_image=torch.eye(2, 3).repeat(count, 1, 1),
        annotation_ids=torch.arange(count),
        ground_truth={},
        joint_names=tuple(f"joint {number}" for number in range(12)),
        flip_pairs=((0, 1), (2, 3)),
        sigmas=(0.1,) * 12,
        upper_joints=(0, 1, 2, 3, 4, 5),
    )


def classified() -> ClassifiedImages:
    given = images()
    return ClassifiedImages(given.images, given.labels[:, 0, 0].long(), given.class_names)


TASKS: dict[str, tuple[Task, Any, Augmentation]] = {
    "segmentation": (Segmentation(3), images(), Augmentation(zoom=(0.5, 2.0), flip=True, photometric=0.4)),
    "classification": (Classification(3), classified(), Augmentation(zoom=(0.5, 2.0), flip=True, photometric=0.4)),
    "pose": (
        Pose(12), persons(), Augmentation(scale=0.3, rotation=40.0, half_body=0.5, flip=True, photometric=0.4)
    ),
}  # fmt: skip


def tensors_of(targets: Any) -> list[Tensor]:
    return [targets] if isinstance(targets, Tensor) else [targets.heatmaps, targets.weights]


@pytest.mark.parametrize("name", TASKS)
@FEW
@given(batch_size=st.integers(2, 9), world=st.integers(2, 3), step=st.integers(0, 20), seed=st.integers(0, 10**6))
def test_the_shares_of_a_batch_are_the_batch_of_a_single_process(
    name: str, batch_size: int, world: int, step: int, seed: int
) -> None:
    task, samples, augmentation = TASKS[name]
    recipe = Recipe((16, 16), batch_size, 1, augmentation=augmentation)

    def batch(parallel: Parallel) -> list[Tensor]:
        inputs, targets = Batches(task, samples, recipe, seed, CPU, parallel).batch(step)
        return [inputs, *tensors_of(targets)]

    world = min(world, batch_size)
    ranks = [batch(SingleProcess(rank, world)) for rank in range(world)]
    for whole, *parts in zip(batch(SINGLE), *ranks, strict=True):
        assert len(whole) == batch_size and torch.equal(torch.cat(parts), whole)


def partly_labelled() -> LabelledImages:
    """Images of which the first half has few labelled pixels, so that shares of a batch count differently."""
    given = images()
    labels = given.labels.clone()
    labels[:5, 2:] = IGNORE_LABEL
    return replace(given, labels=labels)


def training_of(
    parallel: Parallel = SINGLE, criterion: str = "magnitude", computing: Computing = PLAIN, double: bool = False
) -> SearchTrainer:
    optimization = Optimization("sgd", lr=0.01, schedule="constant", l2=1e-2)
    recipe = Recipe((16, 16), 5, 2, optimization, Augmentation(flip=True), rho=1e-3, rho_warmup=1)
    task = DoubleImages(3) if double else Segmentation(3)
    batches = Batches(task, partly_labelled(), recipe, 5, CPU, parallel, computing)
    pruning = Pruning(criterion=criterion, gradient_batches=2)
    searching = Searching(recalibration_batches=1)
    net = TWO_BRANCHES.build(1)
    net = net.double() if double else net
    return SearchTrainer(TWO_BRANCHES, net, batches, 4, searching, pruning)


ALGORITHM = TwoInOne(epochs=4, search_interval=2, prune_interval=1, sparsity=40, drop_threshold=0.999)


def trained_by(count: int, **settings: Any) -> list[SearchTrainer]:
    """The training of every rank after Algorithm 1."""
    team = Team(count)
    trainings = [training_of(rank, **settings) for rank in team.ranks]
    team.run([partial(list, two_in_one(training, ALGORITHM)) for training in trainings])
    return trainings


def statistics(training: SearchTrainer) -> dict[str, Tensor]:
    assert training.averages is not None
    found = {f"average of {name}": value for name, value in training.averages.values.items()}
    found |= dict(training.net.named_buffers())
    return {name: value for name, value in found.items() if name.endswith(("running_mean", "running_var"))}


@pytest.mark.parametrize(
    "criterion",
    ["magnitude", pytest.param("gradient", marks=pytest.mark.slow), pytest.param("random", marks=pytest.mark.slow)],
)
def test_ranks_search_and_prune_alike(criterion: str) -> None:
    """Each normalises its own share of every batch; weights, masks and architecture end equal, bit for bit."""
    one, two = trained_by(2, criterion=criterion, computing=Computing(statistics="local"))
    whole = TWO_BRANCHES.shape(TWO_BRANCHES.build(1))
    assert TWO_BRANCHES.shape(one.net) == TWO_BRANCHES.shape(two.net) != whole
    assert one.frozen.active.keys() == two.frozen.active.keys() != set()
    for name, mask in one.frozen.active.items():
        assert torch.equal(mask, two.frozen.active[name]), name
    for (name, parameter), other in zip(one.net.named_parameters(), two.net.parameters(), strict=True):
        assert same_bits(parameter, other), name
    assert one.progress.history == two.progress.history
    assert all(same_bits(value, statistics(two)[name]) for name, value in statistics(one).items())


def assert_same_training(found: SearchTrainer, expected: SearchTrainer) -> None:
    """Equal decisions, and numbers that differ by rounding in float64 alone."""
    assert TWO_BRANCHES.shape(found.net) == TWO_BRANCHES.shape(expected.net) != TWO_BRANCHES.shape(WHOLE)
    assert found.frozen.active.keys() == expected.frozen.active.keys() != set()
    for name, mask in expected.frozen.active.items():
        assert torch.equal(found.frozen.active[name], mask), name
    values = found.net.state_dict() | statistics(found)
    for name, value in (expected.net.state_dict() | statistics(expected)).items():
        torch.testing.assert_close(values[name], value, rtol=1e-7, atol=1e-10, msg=lambda text, name=name: name + text)
    for entry, other in zip(found.progress.history, expected.progress.history, strict=True):
        assert entry | {"loss": 0} == other | {"loss": 0} and entry["loss"] == pytest.approx(other["loss"], abs=2e-6)


WHOLE = TWO_BRANCHES.build(1)


@pytest.mark.parametrize(
    ("processes", "parts", "criterion"),
    [
        (2, 1, "magnitude"),
        pytest.param(3, 1, "gradient", marks=pytest.mark.slow),
        pytest.param(2, 2, "gradient", marks=pytest.mark.slow),
    ],
)
def test_processes_with_statistics_of_all_are_one_process(processes: int, parts: int, criterion: str) -> None:
    """With unequal shares, of 5 images and of labelled pixels: the same units, the same masks, the same numbers."""
    [single] = trained_by(1, criterion=criterion, computing=Computing(parts), double=True)
    for training in trained_by(processes, criterion=criterion, computing=Computing(parts), double=True):
        assert_same_training(training, single)


@pytest.mark.parametrize(("processes", "parts"), [(1, 2), pytest.param(1, 5, marks=pytest.mark.slow), (2, 2)])
def test_parts_of_a_batch_are_the_whole_batch_but_for_its_statistics(processes: int, parts: int) -> None:
    """In eval mode, where BatchNorm looks at no batch, a step is that of the whole."""
    team = Team(processes)
    ranks = [training_of(rank, computing=Computing(parts), double=True) for rank in team.ranks]
    single = training_of(double=True)
    before = copies(dict(single.net.named_parameters()))
    for training in (single, *ranks):
        net = training.net.eval()
        net.train = lambda *_, net=net: net  # type: ignore[method-assign, misc]
    single.train_epoch(1)
    team.run([partial(training.train_epoch, 1) for training in ranks])
    for name, parameter in single.net.named_parameters():
        for training in ranks:
            torch.testing.assert_close(training.net.get_parameter(name), parameter, rtol=1e-9, atol=1e-12)
        assert not torch.equal(parameter, before[name]), name
    [entry], *others = (training.progress.history for training in (single, *ranks))
    assert all(other[0]["loss"] == pytest.approx(entry["loss"], abs=2e-6) for other in others)


@pytest.mark.slow
def test_local_statistics_are_those_of_every_share() -> None:
    """Two processes normalise as one does that computes a batch in two parts."""
    local = trained_by(2, computing=Computing(statistics="local"), double=True)
    [parts] = trained_by(1, computing=Computing(parts=2), double=True)
    [whole] = trained_by(1, double=True)
    losses = [[entry["loss"] for entry in training.progress.history[:2]] for training in (local[0], parts, whole)]
    assert losses[0] == pytest.approx(losses[1], abs=2e-6)
    assert losses[0] != pytest.approx(losses[2], abs=1e-4)


def test_more_shares_than_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="a batch of 5 cannot be shared by 3 processes in 2 parts, which are 6"):
        training_of(SingleProcess(0, 3), computing=Computing(parts=2))


def test_one_process_has_nothing_to_be_compared_with() -> None:
    def tensors() -> Iterator[Tensor]:
        raise AssertionError("looked at")
        yield

    check_agreement(SINGLE, tensors(), "ever")


def test_processes_that_hold_different_nets_are_noticed() -> None:
    team = Team(2)
    ranks = [training_of(rank) for rank in team.ranks]
    with torch.no_grad():
        ranks[1].net.get_parameter("head.classifier.bias")[0] += 1e-4
    with pytest.raises(ProcessesDiffer, match="different nets after epoch 1: let all of them run on one kind"):
        team.run([partial(training.train_epoch, 1) for training in ranks])
