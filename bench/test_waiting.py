"""Which share of a training on the CPU is waiting for pictures (docs/SCALE.md): `nox -s bench -- -k waiting -s`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from bench.context import load_samples
from bench.gpu.parts.steps import SCENARIOS
from bench.identity import Environment
from bench.profiles import profile
from bench.settings import Problem
from supertickets import batches as batches_module
from supertickets.batches import Batches
from supertickets.loading import Loading, OnDemand
from supertickets.samples import Samples
from supertickets.trainer import Trainer


@dataclass(frozen=True)
class Case:
    """A net, its pictures, and what is asserted.

    Attributes:
        profile, role: whose problem it is.
        scenario: writes the files that are decoded while the net is trained; None: pictures lie decoded in memory.
        files: what `scenario` needs for pictures of the usual sizes.
        batch, steps: pictures of a step, and steps that are timed, after as many that are not.
        at_most: of the processor's time, for decoding and changing pictures.
    """

    profile: str
    role: str
    scenario: str | None
    files: dict[str, int]
    batch: int
    steps: int
    at_most: float


USUAL = {name: dict(scenario.usual) for name, scenario in SCENARIOS.items()}
CASES = {
    "embedded scenes, in memory": Case("embedded", "COCO instances", None, {}, 8, 10, 0.02),
    "embedded streets, in memory": Case("embedded", "Cityscapes", None, {}, 8, 20, 0.02),
    "ImageNet's files, the paper's net": Case("paper", "ImageNet", "imagenet", USUAL["imagenet"], 4, 4, 0.05),
    "Cityscapes' files, the paper's net": Case("paper", "Cityscapes", "cityscapes", USUAL["cityscapes"], 1, 2, 0.05),
    "ImageNet's files, a miniature net": Case(
        "embedded", "ImageNet", "imagenet", USUAL["imagenet"] | {"classes": 12}, 32, 12, 0.6
    ),
}


def pictures(case: Case, problem: Problem, folder: Path) -> Samples:
    """Training samples, written or drawn below a folder."""
    if case.scenario is None:
        return load_samples(problem, "train", Environment(folder / "cache", None))
    data = SCENARIOS[case.scenario].make(folder / "data", **case.files)
    return data.load(folder / "data", "train", problem.recipe.image_size, folder / "cache")


def share_of_waiting(problem: Problem, samples: Samples, clock: Callable[[], float]) -> float:
    """Of an epoch after a first one, in which processes begin."""
    drawn = Batches(problem.task, samples, problem.recipe, 0, torch.device("cpu"))
    trainer = Trainer(problem.architecture, problem.architecture.build(0), drawn, 2)
    trainer.train_epoch(1)
    waited, started = drawn.waited_s, clock()
    trainer.train_epoch(2)
    return (drawn.waited_s - waited) / (clock() - started)


@pytest.mark.parametrize("name", CASES)
def test_waiting_for_pictures(benchmark: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the net's own process decodes, it is a share of the processor's time, which other programs do not change.

    Where others do, it is a share of wall-clock time, and nothing is asserted of it.
    """
    case = CASES[name]
    problem = profile(case.profile).setting(case.role).problem
    optimization = replace(problem.recipe.optimization, lr=1e-6)  # made-up labels teach nothing, but might diverge
    recipe = replace(problem.recipe, optimization=optimization, batch_size=case.batch, steps_per_epoch=case.steps)
    problem = replace(problem, recipe=recipe)
    samples = pictures(case, problem, tmp_path)
    found: dict[int, float] = {}

    def measure() -> None:
        for workers in range(3 if isinstance(samples, OnDemand) else 1):
            clock = time.perf_counter if workers else time.process_time
            monkeypatch.setattr(batches_module, "time", SimpleNamespace(perf_counter=clock))
            given = samples.loaded(Loading(workers)) if isinstance(samples, OnDemand) else samples
            found[workers] = share_of_waiting(problem, given, clock)

    benchmark.pedantic(measure, rounds=1)
    benchmark.extra_info |= {"waiting": found, "torch": torch.__version__}
    print(f"\n{name}: " + ", ".join(f"{share:.2%} with {workers} workers" for workers, share in found.items()))
    assert found[0] <= case.at_most
