"""Samples that are decoded when they are asked for: what becomes of one depends on its number and its seed alone."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from supertickets.batches import Batches
from supertickets.computing import Computing
from supertickets.loading import HERE, Loading, OnDemand, Tensors, decoded_ahead, stacked
from supertickets.parallel import SINGLE, SingleProcess
from supertickets.recipe import Recipe
from supertickets.samples import parts
from supertickets.seeding import derive_seed
from supertickets.tasks import Augmentation, ClassifiedImages
from supertickets.tasks.classification import Classification
from tests.strategies import FEW

CPU = torch.device("cpu")
CLASSES = 50
NAMES = tuple(str(number) for number in range(CLASSES))
AUGMENTATION = Augmentation(flip=True, photometric=0.5)


@dataclass(frozen=True)
class Numbers(OnDemand):
    """Sample i is a picture of i; training adds a number that its seed draws, and the strength of the augmentation.

    Attributes:
        broken: a sample that cannot be decoded.
    """

    count: int = CLASSES
    loading: Loading = HERE
    broken: int = -1

    def __len__(self) -> int:
        return self.count

    def _one(self, number: int, size: tuple[int, int], added: float) -> Tensors:
        if number == self.broken:
            raise LookupError(f"sample {number} is broken")
        image = torch.full((3, *size), number + added).byte()
        return {"images": image, "labels": torch.tensor(number % CLASSES), "process": torch.tensor(os.getpid())}

    def shown(self, index: Sequence[int]) -> Tensors:
        return stacked(self._one(number, (4, 4), 0) for number in index)

    def varied(
        self, index: Sequence[int], seeds: Sequence[int], size: tuple[int, int], augmentation: Augmentation
    ) -> Tensors:
        added = [100 + 2 * augmentation.photometric + seed % 97 for seed in seeds]
        return stacked(self._one(number, size, more) for number, more in zip(index, added, strict=True))

    def loaded(self, loading: Loading) -> Numbers:
        return replace(self, loading=loading)

    def prepare(self) -> None:
        pass

    def part(self, tensors: Tensors) -> ClassifiedImages:
        assert tensors["process"].unique().numel() == 1, "a batch is decoded by one process"
        return ClassifiedImages(tensors["images"], tensors["labels"], NAMES)


def batches(
    samples: Numbers, parallel: SingleProcess = SINGLE, batch_size: int = 7, seed: int = 3, parts: int = 1
) -> Batches:
    recipe = Recipe((4, 4), batch_size, 5, augmentation=AUGMENTATION)
    return Batches(Classification(CLASSES), samples, recipe, seed, CPU, parallel, Computing(parts))


def same(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.fast
@FEW
@given(st.integers(2, 9), st.integers(2, 3), st.integers(0, 40), st.integers(0, 10**6))
def test_the_shares_of_a_batch_are_the_batch_of_a_single_process(
    batch_size: int, world: int, step: int, seed: int
) -> None:
    whole = batches(Numbers(), SINGLE, batch_size, seed).batch(step)
    ranks = [
        batches(Numbers(), SingleProcess(rank, world), batch_size, seed).batch(step)
        for rank in range(min(world, batch_size))
    ]
    assert same(whole, tuple(torch.cat(share) for share in zip(*ranks, strict=True)))  # type: ignore[arg-type]


@pytest.mark.fast
def test_a_step_is_the_same_whenever_it_is_asked_for() -> None:
    in_order = batches(Numbers())
    asked = {step: in_order.batch(step) for step in range(12)}
    other = batches(Numbers())
    for step in (11, 3, 4, 5, 0, 5):
        assert same(other.batch(step), asked[step])
    assert not same(asked[0], asked[7])


@pytest.mark.fast
def test_purposes_see_the_same_samples_changed_otherwise() -> None:
    of = batches(Numbers())
    (one, labels), (other, same_labels) = of.batch(2), of.batch(2, "re-estimation")
    assert torch.equal(labels, same_labels) and not torch.equal(one, other)


@pytest.mark.fast
def test_what_was_changed_when_it_was_decoded_is_not_changed_again() -> None:
    """Pictures of one number each stay so; the task would mirror nothing but change every pixel's colours."""
    of = batches(Numbers())
    inputs, labels = of.batch(0)
    spread = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1) * 255
    middle = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1) * 255
    pixels = (inputs * spread + middle).round()
    seeds = [derive_seed(3, "train", "augmentation", 0, position) for position in range(7)]
    expected = [[label + 101 + seed % 97] for label, seed in zip(labels.tolist(), seeds, strict=True)]
    assert [one.unique().tolist() for one in pixels] == expected


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_processes_that_decode_changes_nothing(workers: int) -> None:
    alone, helped = batches(Numbers()), batches(Numbers(loading=Loading(workers, ahead=1)))
    order = [*((step, "train") for step in range(6)), (0, "re-estimation"), (1, "re-estimation"), (6, "train")]
    for step, purpose in order:
        assert same(alone.batch(step, purpose), helped.batch(step, purpose))


@pytest.mark.slow
def test_other_processes_decode_and_end_when_nobody_asks_any_more() -> None:
    before = set(multiprocessing.active_children())  # of other tests

    def children() -> int:
        return len(set(multiprocessing.active_children()) - before)

    samples = Numbers(loading=Loading(2))
    decoded = decoded_ahead(samples.shown, [range(3), range(3, 5), range(5, 9)], samples.loading)
    processes = {int(one["process"][0]) for one in decoded}
    assert len(processes) == 2 and os.getpid() not in processes
    endless = batches(samples)
    endless.batch(0)
    assert children() == 2
    endless.batch(4)
    assert children() == 2, "a new beginning ends the old ones"
    del endless
    assert children() == 0


@pytest.mark.slow
def test_parts_of_a_batch_are_decoded_by_the_same_processes() -> None:
    before = set(multiprocessing.active_children())  # of other tests
    alone, helped = (batches(Numbers(loading=loading), parts=3) for loading in (HERE, Loading(2, ahead=1)))
    seen = []
    for step in range(4):
        expected, found = (torch.cat([inputs for inputs, _, _ in one.weighted(step)]) for one in (alone, helped))
        assert len(found) == 7 and torch.equal(found, expected)
        seen.append(set(multiprocessing.active_children()) - before)
    assert len(seen[0]) == 2, "not so many for each part"
    assert all(processes == seen[0] for processes in seen), "no step is a new beginning"


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_a_scored_split_passes_in_order_and_whole(workers: int) -> None:
    found = list(parts(Numbers(loading=Loading(workers)), 8))
    assert [len(part) for part in found] == [8] * 6 + [2]
    assert list(chain.from_iterable(part.labels.tolist() for part in found)) == list(range(CLASSES))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_arrives_as_it_was_raised(workers: int) -> None:
    before = set(multiprocessing.active_children())
    samples = Numbers(broken=20, loading=Loading(workers))
    with pytest.raises(LookupError) as caught:
        list(parts(samples, 8))
    assert str(caught.value) == "sample 20 is broken"
    assert set(multiprocessing.active_children()) <= before


@pytest.mark.fast
def test_pictures_of_several_sizes_are_scored_one_at_a_time() -> None:
    with pytest.raises(ValueError, match=r"several sizes.*batch size 1"):
        stacked({"images": torch.zeros(3, side, side)} for side in (2, 3))
