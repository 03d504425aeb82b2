"""Decoded samples that stay in memory: the same bytes as without, never more than the budget, for all processes."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from bench.data.imagenet import ClassifiedSamples, ImageNet
from bench.data.miniatures import coco_keypoints
from bench.data.packed import Rows, Texts
from supertickets.batches import Batches
from supertickets.computing import Computing
from supertickets.kept import WORD, Kept
from supertickets.loading import Loading
from supertickets.recipe import Recipe
from supertickets.tasks import Augmentation
from supertickets.tasks.classification import Classification
from tests.strategies import FEW

COUNT, SIDE = 40, 16
PICTURE_BYTES = 3 * SIDE * SIDE + 7 * WORD
LIST_BYTES = WORD * (COUNT + 1)


@dataclass(frozen=True)
class Noise(ImageNet):
    """Random pictures; every decoding is noted in a file.

    Attributes:
        log: gets a byte for each.
    """

    log: Path = Path()

    def read(self, folder: Path, rows: Rows, row: int) -> Tensor:
        with self.log.open("ab") as file:
            file.write(b".")
        return torch.from_numpy(np.random.default_rng(row).integers(0, 256, (3, SIDE, SIDE), dtype=np.uint8))


def samples(log: Path, loading: Loading) -> ClassifiedSamples:
    log.touch()
    rows = Rows(Texts.of(f"{number}.JPEG" for number in range(COUNT)), {"label": np.arange(COUNT) % 5})
    return ClassifiedSamples(
        data=Noise(log=log), folder=Path(), rows=rows, image_size=(8, 8), loading=loading, class_names=tuple("abcde")
    )


def decoded(log: Path) -> int:
    return log.stat().st_size


def batches(log: Path, loading: Loading, parts: int = 1) -> Batches:
    recipe = Recipe((8, 8), 10, 4, augmentation=Augmentation(zoom=(1.0, 2.0), flip=True, photometric=0.4))
    given = (Classification(5), samples(log, loading), recipe, 3, torch.device("cpu"))
    return Batches(*given, computing=Computing(parts=parts))  # type: ignore[arg-type]


def passed(of: Batches, steps: Sequence[int]) -> list[Tensor]:
    return [inputs for step in steps for inputs, _, _ in of.weighted(step)]


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "parts"), [(0, 1), (0, 2), (2, 1)])
@pytest.mark.parametrize("fitting", [COUNT, 25])
def test_bytes_are_those_without_and_what_fits_is_decoded_once(
    tmp_path: Path, workers: int, parts: int, fitting: int
) -> None:
    steps = range(12)  # three passes
    expected = passed(batches(tmp_path / "without", Loading(), parts), steps)
    loading = Loading(workers, ahead=1, kept_bytes=LIST_BYTES + fitting * PICTURE_BYTES + 100)
    of = batches(tmp_path / "with", loading, parts)
    assert all(torch.equal(*pair) for pair in zip(passed(of, steps), expected, strict=True))
    kept = of.samples.kept  # type: ignore[attr-defined]
    assert kept.used == LIST_BYTES + fitting * PICTURE_BYTES <= loading.kept_bytes
    assert decoded(tmp_path / "without") == 3 * COUNT
    if workers == 0:  # others decode ahead of what is asked for
        assert decoded(tmp_path / "with") == COUNT + 2 * (COUNT - fitting)
    else:
        assert decoded(tmp_path / "with") < COUNT + 3 * (COUNT - fitting) + 20
    of.batch(0, "re-estimation")
    before = decoded(tmp_path / "with")
    of.batch(0, "another purpose")
    assert decoded(tmp_path / "with") - before <= (0 if fitting == COUNT else 20), "other processes share it"


def shared_kb() -> int:
    """Shared memory of this process, without what is mapped from files."""
    text = Path("/proc/self/smaps_rollup").read_text()
    return int(re.findall(r"^Pss_Shmem: +(\d+) kB", text, re.MULTILINE)[0])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux")
def test_memory_stays_within_the_budget() -> None:
    """Eight times as much passes."""
    budget, before = 8 << 20, shared_kb()
    kept = Kept(64, budget)
    assert shared_kb() - before < 100, "memory is taken as it is used"
    for _ in range(2):
        for number in range(64):
            kept.sample(number, lambda: torch.ones(1 << 20, dtype=torch.uint8))
    assert 7 << 20 < kept.used <= budget
    assert (7 << 10) - 64 < shared_kb() - before <= (budget >> 10) + 64


@pytest.mark.fast
@FEW
@given(st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=3), st.booleans(), st.integers(0, 99))
def test_whatever_was_decoded_comes_back(shapes: list[list[int]], several: bool, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    tensors = tuple(torch.randint(0, 256, shape, generator=random, dtype=torch.uint8) for shape in shapes)
    value = tensors if several else tensors[0]
    kept, asked = Kept(3, 1 << 16), []

    def decode() -> object:
        asked.append(1)
        return value

    for _ in range(3):
        found = kept.sample(1, decode)
        assert isinstance(found, tuple) is several
        for ours, theirs in zip(found if several else (found,), tensors if several else (value,), strict=True):
            assert ours.shape == theirs.shape and torch.equal(ours, theirs)
            if found is not value:  # whoever gets a copy may write to it
                ours.zero_()
    assert asked == [1]


@pytest.mark.fast
def test_processes_that_are_forked_share_it() -> None:
    kept = Kept(2, 1 << 12)

    def child() -> None:
        kept.sample(1, lambda: torch.full((5,), 9, dtype=torch.uint8))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()

    def never() -> Tensor:
        raise AssertionError("it is there")

    assert kept.sample(1, never).tolist() == [9] * 5
    with pytest.raises(AssertionError, match="it is there"):
        kept.sample(0, never)


@pytest.mark.fast
def test_what_cannot_be_decoded_is_not_there_and_a_budget_for_nothing_is_refused() -> None:
    kept = Kept(2, 1 << 12)
    for _ in range(2):
        with pytest.raises(LookupError):
            kept.sample(0, lambda: {}["no picture"])
    assert kept.sample(0, lambda: torch.zeros(2, dtype=torch.uint8)).tolist() == [0, 0]
    with pytest.raises(ValueError, match="24 bytes keep nothing: the list of 2 samples takes 24 of them"):
        Kept(2, 24)


@pytest.mark.slow
def test_a_picture_with_several_persons_is_kept_once(tmp_path: Path) -> None:
    data = coco_keypoints(tmp_path / "root")
    plain = data.load(tmp_path / "root", "train", (64, 48), tmp_path / "cache")
    kept = replace(plain, loading=Loading(kept_bytes=1 << 22)).keeping()
    augmentation, index = Augmentation(scale=0.35, rotation=45, flip=True), list(range(len(plain)))
    for _ in range(2):
        ours, theirs = (one.varied(index, index, (64, 48), augmentation) for one in (kept, plain))
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert kept.kept is not None
    pictures = len(set(plain.rows["image_id"].tolist()))
    assert pictures < len(plain)
    assert kept.kept.used == WORD * (len(plain) + 1) + pictures * (3 * 80 * 100 + 7 * WORD)
