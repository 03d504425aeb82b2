"""What each type of error costs a detector: a step of its own, so that a mended analysis retrains nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bench.errors import analyse
from bench.errors.reading import curves_without_scores, gains
from bench.experiments import Context, Product
from bench.settings import Problem, SettingError
from bench.steps.measuring import Measuring
from supertickets.descriptions import Count
from supertickets.memory import to_device
from supertickets.tasks.annotated import Annotated
from supertickets.tasks.coco_ap import Kind, as_coco, as_results
from supertickets.tasks.detection import DetectionTask

KINDS: Mapping[str, tuple[Kind, ...]] = {
    "detection": ("box",),
    "instance segmentation": ("box", "mask"),
    "keypoint detection": ("keypoints",),
}
"""Task -> what is analysed of it."""


@dataclass(frozen=True)
class Analyse(Measuring):
    """What AP gains when one type of error is repaired, in percent, of the ticket of `of` (`bench.errors`).

    Of joints also the curves of precision over recall as errors are removed. People of any size count: the miniatures
    are smaller than COCO's.

    Attributes:
        split: what it is scored on.
        batch_size: images at a time; no result depends on it but for rounding.

    Raises:
        SettingError: a task without detections.
    """

    version = 1
    verb = "errors of"

    split: Literal["val", "tune"] = "val"
    batch_size: Count = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        _task(self.problem)

    def compute(self, context: Context) -> Product:
        task = _task(self.problem)
        samples = context.samples(self.problem, self.split)
        net = context.ticket(self.of).net().eval()
        to_device(net, context.device)
        truth, found = task.compared(net, samples, self.problem.recipe.image_size, self.batch_size, context.device)
        numbers: dict[str, Any] = {}
        for kind in KINDS[self.problem.task.name]:
            report = self._report(truth, found, kind)
            numbers |= gains(report)
            if kind == "keypoints":
                numbers["curves"] = curves_without_scores(report)
        return Product(numbers)

    def _report(self, truth: Annotated, found: Any, kind: Kind) -> dict[str, Any]:
        sigmas = truth.sigmas if kind == "keypoints" else None
        results = as_results(truth, found, kind)
        return analyse(as_coco(truth), results, kind, sigmas=sigmas, smallest=0.0, pycocotools=False)


def _task(problem: Problem) -> DetectionTask:
    if not isinstance(problem.task, DetectionTask):
        raise SettingError(f"{problem.data}: {problem.task.name} finds no objects: analyse a detector")
    return problem.task
