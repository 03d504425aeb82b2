"""Processes that share a training: their shares are the batch of a single one, and they decide alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.batches import Batches
from supertickets.optimizers import Optimization
from supertickets.parallel import SINGLE, Parallel, SingleProcess, share
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching
from supertickets.seeding import Draws, generator
from supertickets.tasks import Augmentation, ClassifiedImages, PersonCrops, Task
from supertickets.tasks.classification import Classification
from supertickets.tasks.pose import Pose
from supertickets.tasks.segmentation import Segmentation
from supertickets.two_in_one import TwoInOne, two_in_one
from tests.properties.small import TWO_BRANCHES, DoubleImages, copies, images, same_bits
from tests.strategies import FEW

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore:.*nothing is kept of")]
CPU = torch.device("cpu")


@given(st.integers(1, 64), st.integers(1, 9))
def test_shares_are_the_batch_in_order_and_as_equal_as_can_be(batch_size: int, world: int) -> None:
    shares = [share(SingleProcess(rank, world), batch_size) for rank in range(world)]
    assert (shares[0].start, shares[-1].stop) == (0, batch_size)
    assert all(one.stop == other.start for one, other in pairwise(shares))
    sizes = {part.stop - part.start for part in shares}
    assert max(sizes) - min(sizes) <= 1
    assert share(SINGLE, batch_size) == slice(0, batch_size)


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

    ranks = [batch(SingleProcess(rank, world)) for rank in range(world) if rank < batch_size]
    for whole, *parts in zip(batch(SINGLE), *ranks, strict=True):
        assert len(whole) == batch_size and torch.equal(torch.cat(parts), whole)


class Team:
    """Ranks that are threads: they meet whenever something is averaged."""

    def __init__(self, world_size: int) -> None:
        self.barrier = Barrier(world_size, timeout=60)
        self.ranks = [Rank(self, rank, world_size) for rank in range(world_size)]
        self.given: list[Any] = [None] * world_size

    def exchanged(self, rank: int, value: Any) -> list[Any]:
        """What all of them have given."""
        self.given[rank] = value
        self.barrier.wait()
        found = list(self.given)
        self.barrier.wait()
        return found

    def run(self, works: Iterable[Callable[[], object]]) -> None:
        """Every rank's work at a time; what one of them raises is raised."""
        failures: list[BaseException] = []

        def guarded(work: Callable[[], object]) -> None:
            try:
                work()
            except BaseException as failure:
                failures.append(failure)
                self.barrier.abort()

        threads = [Thread(target=guarded, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


@dataclass(frozen=True)
class Rank:
    """One of a team."""

    team: Team
    rank: int
    world_size: int

    def sum(self, tensors: Sequence[Tensor]) -> None:
        copies = [tensor.detach().clone() for tensor in tensors]
        for tensor, *values in zip(tensors, *self.team.exchanged(self.rank, copies), strict=True):
            tensor.copy_(torch.stack(values).sum(0))

    def decided(self, decide: Callable[[], Any]) -> Any:
        return self.team.exchanged(self.rank, decide() if self.rank == 0 else None)[0]


def training_of(parallel: Parallel, criterion: str = "magnitude", double: bool = False) -> SearchTrainer:
    optimization = Optimization("sgd", lr=0.01, schedule="constant", l2=1e-2)
    recipe = Recipe((16, 16), 4, 2, optimization, Augmentation(flip=True), rho=1e-3, rho_warmup=1)
    task = DoubleImages(3) if double else Segmentation(3)
    batches = Batches(task, images(), recipe, 5, CPU, parallel)
    pruning = Pruning(criterion=criterion, gradient_batches=2)
    searching = Searching(recalibration_batches=1)
    net = TWO_BRANCHES.build(1)
    net = net.double() if double else net
    return SearchTrainer(TWO_BRANCHES, net, batches, 4, searching, pruning)


@pytest.mark.parametrize(
    "criterion",
    ["magnitude", pytest.param("gradient", marks=pytest.mark.slow), pytest.param("random", marks=pytest.mark.slow)],
)
def test_ranks_search_and_prune_alike(criterion: str) -> None:
    """Each sees its own half of every batch; weights, masks and architecture end equal, bit for bit."""
    algorithm = TwoInOne(epochs=4, search_interval=2, prune_interval=1, sparsity=40, drop_threshold=0.999)
    team = Team(2)
    one, two = (training_of(rank, criterion) for rank in team.ranks)
    whole = TWO_BRANCHES.shape(one.net)
    team.run([partial(list, two_in_one(training, algorithm)) for training in (one, two)])
    assert TWO_BRANCHES.shape(one.net) == TWO_BRANCHES.shape(two.net) != whole
    assert one.frozen.active.keys() == two.frozen.active.keys() != set()
    for name, mask in one.frozen.active.items():
        assert torch.equal(mask, two.frozen.active[name]), name
    for (name, parameter), other in zip(one.net.named_parameters(), two.net.parameters(), strict=True):
        assert same_bits(parameter, other), name
    assert one.progress.history == two.progress.history
    statistics = [name for name, _ in one.net.named_buffers() if name.endswith("running_mean")]
    assert any(not torch.equal(one.net.get_buffer(name), two.net.get_buffer(name)) for name in statistics), "own halves"


def test_two_ranks_with_statistics_of_the_whole_batch_are_one_process() -> None:
    """Frozen BatchNorm: then a step depends on the averaged gradient alone, and shares of equal size average alike."""
    team = Team(2)
    single, *ranks = (training_of(parallel, double=True) for parallel in (SINGLE, *team.ranks))
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
