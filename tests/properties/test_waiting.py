"""How long a run waited for data: only the time until samples are decoded counts, and its record tells the share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from bench import context as context_module
from bench.experiments import Context, Product, Run, Step
from bench.identity import Environment
from bench.profiles import profile
from bench.settings import Problem
from bench.store import Store
from supertickets import batches as batches_module
from supertickets.batches import Batches
from supertickets.computing import Computing
from supertickets.recipe import Recipe
from supertickets.samples import Samples
from supertickets.tasks.data import LabelledImages
from supertickets.tasks.segmentation import Segmentation
from tests.properties.small import images

pytestmark = pytest.mark.fast
DECODED_S, CHANGED_S = 3.0, 5.0


class Clock:
    """Stands still but for what is counted."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@dataclass(frozen=True)
class Slowly:
    """Samples that take their time."""

    clock: Clock
    inner: LabelledImages

    def __len__(self) -> int:
        return len(self.inner)

    def take(self, index: Tensor) -> LabelledImages:
        self.clock.now += DECODED_S
        return self.inner.take(index)


@dataclass(frozen=True)
class Changes(Segmentation):
    """What becomes of decoded samples takes time, too."""

    def check(self, samples: Samples) -> None:
        pass

    def batch(self, *given: Any) -> tuple[Tensor, Tensor]:
        CLOCK.now += CHANGED_S
        return super().batch(*given)


CLOCK = Clock()


@pytest.mark.parametrize("parts", [1, 3])
def test_only_decoding_is_waited_for(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    monkeypatch.setattr(batches_module, "time", CLOCK)
    samples = Slowly(CLOCK, images())
    drawn = Batches(
        Changes(3), samples, Recipe((16, 16), 6, 1), 0, torch.device("cpu"), computing=Computing(parts=parts)
    )
    assert drawn.waited_s == 0
    for step in range(4):
        drawn.weighted(step)
    assert drawn.waited_s == 4 * parts * DECODED_S


@dataclass(frozen=True)
class Draws(Step):
    """Asks for a batch, and does something else for a while."""

    version = 1
    name = "drawing a batch"
    sparsity = 0
    busy_s: int

    @property
    def problem(self) -> Problem:
        problem = profile("embedded").setting("Cityscapes").problem
        return replace(problem, recipe=replace(problem.recipe, image_size=(16, 16), batch_size=2))

    def compute(self, given: Context) -> Product:
        given.batches(self.problem, "search").weighted(0)
        CLOCK.now += self.busy_s
        return Product({})


@pytest.mark.parametrize(("busy_s", "share", "told"), [(9, 0.25, "25%"), (27, 0.1, None), (57, 0.05, None)])
def test_the_record_of_a_run_tells_the_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy_s: int, share: float, told: str | None
) -> None:
    def load(problem: Problem, split: str, environment: Environment) -> Slowly:
        return Slowly(CLOCK, images(classes=problem.task.outputs))

    for module in (batches_module, context_module):
        monkeypatch.setattr(module, "time", CLOCK)
    monkeypatch.setattr(context_module, "load_samples", load)
    monkeypatch.setattr(Segmentation, "check", lambda *_: None)
    said: list[str] = []
    environment = Environment(tmp_path, None)
    store, run = Store(environment, said.append), Run(Draws(busy_s), 0)
    context_module.compute(run, environment, store, lambda *_: None)
    result = store.load(run)
    assert result is not None
    assert result.provenance["waited_for_data"] == share
    assert [f" {told} of the time passed waiting for data" in line for line in said] == [True] * (told is not None)
