"""How long a training step of the paper's four supernets takes, and which share of it is waiting for pictures."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from bench.data import data_set, miniatures
from bench.data.streamed import StreamedDataSet
from bench.gpu.parts import Given, NotRunError, Part
from bench.profiles import profile
from bench.provenance import processor_name
from bench.settings import Problem, Setting
from bench.step_times import COLUMNS, FAILED, MEASURED, NOT_MEASURED, StepTime
from supertickets.batches import Batches
from supertickets.computing import Computing
from supertickets.loading import Loading
from supertickets.samples import Samples
from supertickets.search_trainer import SearchTrainer
from supertickets.supernet import Stage, SupernetConfig


@dataclass(frozen=True)
class Scenario:
    """A data set of the paper and what stands for its pictures where they are not there.

    Attributes:
        role: of the data set in the paper's profile.
        make: writes pictures below a folder.
        usual: what `make` needs for pictures of the usual sizes.
        tiny_size: `(H, W)` of the input to try the code with.
    """

    role: str
    make: Callable[..., StreamedDataSet]
    usual: Mapping[str, int]
    tiny_size: tuple[int, int]


SCENARIOS = {
    "cityscapes": Scenario("Cityscapes", miniatures.cityscapes, {"enlarged": 16}, (32, 64)),
    "ade20k": Scenario("ADE20K", miniatures.ade20k, {"enlarged": 10}, (32, 32)),
    "imagenet": Scenario(
        "ImageNet", miniatures.imagenet, {"enlarged": 9, "classes": 1000, "train": 1000, "val": 1000}, (32, 32)
    ),
    "coco_keypoints": Scenario("COCO keypoints", miniatures.coco_keypoints, {"enlarged": 6}, (64, 48)),
}

LEAST_ROUNDS, MOST_ROUNDS = 2, 20
GPU_S = 5.0
"""Seconds after which no further round is begun."""
GPU_STEPS = 4
"""Steps of a round on a GPU; a round ends with an idle device."""
CPU_PIXELS = 1 << 20
"""Of pictures that a CPU computes at a time: two of Cityscapes', for which memory suffices."""


class HeldBatches(Batches):
    """The first batch again and again, on the device."""

    _held: tuple[Any, Any] | None = None

    def batch(self, step: int, purpose: str = "train") -> tuple[Any, Any]:
        if self._held is None:
            self._held = super().batch(0, purpose)
        return self._held


def measured(given: Given, data: str, compiled: bool = False) -> Iterator[Mapping[str, object]]:
    """Lines of a data set: float32 and bfloat16, each with a batch that is there and with pictures from files.

    Args:
        compiled: by `torch.compile`, with a batch that is there alone.

    Raises:
        NotRunError: the data root lacks this data set.
    """
    scenario = SCENARIOS[data]
    setting = profile("paper").setting(scenario.role)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, root = _source(given, data, folder)
        problem = _problem(setting.problem, source, scenario, given.tiny)
        samples = source.load(root, "train", problem.recipe.image_size, folder / "cache")
        for precision in ("float32", "bfloat16"):
            for kind in ("held",) if compiled else ("held", "streamed"):
                computing = Computing(precision=precision, compiled=compiled)
                yield asdict(_timed(given, replace(setting, problem=problem), samples, computing, kind))


def _source(given: Given, data: str, folder: Path) -> tuple[StreamedDataSet, Path]:
    """The data set that is there, or made-up pictures of its usual sizes, and the root that it lies below."""
    if given.data_root is None:
        scenario = SCENARIOS[data]
        return scenario.make(folder / "data", **({} if given.tiny else scenario.usual)), folder / "data"
    found = data_set(data)
    assert isinstance(found, StreamedDataSet)
    if not found.present(given.data_root):
        raise NotRunError(f"{given.data_root} has no {data}")
    return found, given.data_root


def _problem(problem: Problem, source: StreamedDataSet, scenario: Scenario, tiny: bool) -> Problem:
    """The paper's, or a net and a batch as small as can be."""
    optimization = replace(problem.recipe.optimization, lr=1e-6)  # made-up labels teach nothing, but might diverge
    recipe = replace(problem.recipe, optimization=optimization)
    if not tiny:
        return replace(problem, recipe=replace(recipe, steps_per_epoch=GPU_STEPS))
    assert isinstance(problem.architecture, SupernetConfig)
    small: dict[str, Any] = {
        "stages": (Stage((1,), (8,)), Stage((1, 1), (8, 12))),
        "branch_channels": (8, 12),
        "last_channels": 8,
    }
    counted = "joints" if problem.task.name == "pose" else "classes"
    return replace(
        problem,
        task=replace(problem.task, **{counted: source.classes}),  # type: ignore[type-var]
        architecture=replace(problem.architecture, outputs=source.classes, tokens=4, token_grid=2, **small),
        recipe=replace(recipe, image_size=scenario.tiny_size, batch_size=4, steps_per_epoch=2),
    )


def _timed(given: Given, setting: Setting, samples: Samples, computing: Computing, kind: str) -> StepTime:
    """One line; where memory does not suffice, in twice as many parts until it does."""
    recipe, parts = setting.problem.recipe, 1
    if given.device == "cpu":
        height, width = recipe.image_size
        parts = -(-recipe.batch_size // max(1, CPU_PIXELS // (height * width)))
        recipe = replace(recipe, steps_per_epoch=min(recipe.steps_per_epoch, 1 if not given.tiny else 2))
    setting = replace(setting, problem=replace(setting.problem, recipe=recipe))
    while True:
        try:
            return _line(given, setting, samples, replace(computing, parts=parts), kind)
        except torch.OutOfMemoryError as error:
            reason = f"{FAILED}: out of memory with {recipe.batch_size // parts} pictures at a time"
            problem = error.with_traceback(None)
        if 2 * parts > recipe.batch_size:
            return _described(given, setting, replace(computing, parts=parts), kind, reason)
        del problem  # its frames hold what has to go
        torch.cuda.empty_cache()
        parts *= 2


def _line(given: Given, setting: Setting, samples: Any, computing: Computing, kind: str) -> StepTime:
    device, recipe = torch.device(given.device), setting.problem.recipe
    loaded = samples.loaded(Loading(given.workers, pinned=given.device != "cpu"))
    make = HeldBatches if kind == "held" else Batches
    drawn = make(setting.problem.task, loaded, recipe, 0, device, computing=computing)
    net = setting.problem.architecture.build(0)
    trainer = SearchTrainer(
        setting.problem.architecture, net, drawn, setting.algorithm.epochs, setting.searching, setting.pruning
    )
    if given.device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    trainer.train_epoch(1)  # kernels are chosen, workers begin
    seconds: list[float] = []
    waited, started = drawn.waited_s, time.perf_counter()
    while len(seconds) < LEAST_ROUNDS or (len(seconds) < MOST_ROUNDS and _goes_on(given, started)):
        begun = time.perf_counter()
        trainer.train_epoch(2 + len(seconds))
        seconds.append((time.perf_counter() - begun) / recipe.steps_per_epoch)
    share = (drawn.waited_s - waited) / (time.perf_counter() - started)
    low, middle, high = statistics.quantiles(seconds, n=4, method="inclusive")
    numbers = {
        "rounds": str(len(seconds)),
        "step_s": f"{middle:.5f}",
        "iqr_low": f"{low:.5f}",
        "iqr_high": f"{high:.5f}",
        "images_per_s": f"{recipe.batch_size / middle:.2f}",
        "waiting_share": f"{share:.3f}",
    }
    if given.device != "cpu":
        numbers["memory_gb"] = f"{torch.cuda.max_memory_allocated() / 1e9:.2f}"
    return replace(_described(given, setting, computing, kind, MEASURED), workers=str(given.workers), **numbers)


def _goes_on(given: Given, started: float) -> bool:
    return given.device != "cpu" and not given.tiny and time.perf_counter() - started < GPU_S


def _described(given: Given, setting: Setting, computing: Computing, kind: str, status: str) -> StepTime:
    """A line without numbers."""
    recipe = setting.problem.recipe
    return StepTime(
        data_set=setting.data,
        device=processor_name(given.device),
        precision=computing.precision,
        compiled="yes" if computing.compiled else "no",
        data=kind,
        pictures="made up" if given.data_root is None else "files",
        workers="0",
        image_size="x".join(map(str, recipe.image_size)),
        batch=str(recipe.batch_size),
        parts=str(computing.parts),
        rounds="0",
        steps=str(recipe.steps_per_epoch),
        step_s=NOT_MEASURED,
        iqr_low=NOT_MEASURED,
        iqr_high=NOT_MEASURED,
        images_per_s=NOT_MEASURED,
        waiting_share=NOT_MEASURED,
        memory_gb=NOT_MEASURED,
        torch=str(torch.__version__),
        status=status,
    )


KEYS = (
    "steps-cityscapes",
    "steps-ade20k",
    "steps-imagenet",
    "steps-coco_keypoints",
    "steps-compiled-cityscapes",
)
PARTS = (
    *(
        Part(
            f"steps-{data}", f"training steps of the supernet for {scenario.role}", 2, 40, COLUMNS,
            partial(measured, data=data),
        )
        for data, scenario in SCENARIOS.items()
    ),
    Part(
        "steps-compiled-cityscapes", "training steps of the supernet for Cityscapes, by torch.compile", 7, 120, COLUMNS,
        partial(measured, data="cityscapes", compiled=True),
    ),
)  # fmt: skip
