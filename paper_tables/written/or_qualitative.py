"""Boxes, masks and joints that a dense detector and its tickets find in the same pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from bench.context import arithmetic_of_runs, load_samples
from bench.experiments import Run
from bench.profiles import Profile
from bench.runner import Runner
from paper_tables.written import WrittenTable
from paper_tables.written.detectors import detectors
from paper_tables.written.lines import write_lines
from paper_tables.written.qualitative import bones, chosen, listed
from supertickets.tasks.annotated import AnnotatedImages
from supertickets.tasks.detected import Detected
from supertickets.tasks.detection import DetectionTask

METHODS = (("or_dense", 0), ("or_direct", 80), ("or_direct", 90))
IMAGES = 2
"""Of each data set."""
SURE = 0.5
"""Confidence from which an object is shown."""


def runs(profile: Profile) -> list[Run]:
    """Detectors of seed 0."""
    return [Run(shown.step, 0) for shown in detectors(profile, METHODS)]


@arithmetic_of_runs()
def write(table: WrittenTable, profile: Profile, runner: Runner, folder: Path, _present: Path) -> None:
    """Pictures and maps of objects as PNG files; boxes, joints and the list of everything as CSV lines.

    A map has 0 where there is nothing and k on the k-th object of its line, which hides earlier ones.
    """
    files = folder / f"{table.name}.v{table.version}"
    files.mkdir(parents=True, exist_ok=True)
    lines: list[dict[str, Any]] = []
    for shown in detectors(profile, METHODS):
        run, task = Run(shown.step, 0), shown.setting.problem.task
        assert isinstance(task, DetectionTask), "detectors find objects"
        split = load_samples(shown.setting.problem, shown.setting.evaluation, runner.store.environment)
        net, size = runner.store.ticket(run).net().eval(), shown.setting.problem.recipe.image_size
        for position, index in enumerate(chosen(len(split), IMAGES)):
            sample = task.sought(split.take(torch.tensor([index])))
            about = {
                "classes": listed(sample.class_names), "joint_names": listed(sample.joint_names) or "none",
                "bones": bones(sample.joint_names),
            }  # fmt: skip
            name = f"{shown.role.lower().replace(' ', '-')}-{position}"
            height, width = sample.sizes[0].tolist()
            picture = sample.images[0, :, :height, :width]
            Image.fromarray(picture.numpy().transpose(1, 2, 0)).save(files / f"{name}.png")
            _, [found] = task.compared(net, sample, size, 1, torch.device("cpu"))
            answers = [(shown.method, shown.line(table, profile, run), _found(found))]
            if shown.method == "or_dense":
                truth = shown.line(table, profile, run) | {
                    "method": "truth", "sparsity": "none", "experiment_id": "none",
                }  # fmt: skip
                answers.insert(0, ("truth", truth, _annotated(sample)))
            for method, line, (boxes, joints, masks) in answers:
                objects = "none"
                if masks is not None:
                    objects = f"{name}-{method}-{line['sparsity']}.png"
                    Image.fromarray(_numbered(masks, height, width)).save(files / objects)
                more = {"image": f"{name}.png", "sample": index, "boxes": boxes, "masks": objects, "joints": joints}
                lines.append(line | more | about)
    write_lines(folder / table.file_name, lines)


Answer = tuple[str, str, list[np.ndarray] | None]
"""Boxes and joints as text, and bool masks `(H, W)`, if there are any."""


def _annotated(sample: AnnotatedImages) -> Answer:
    kept = ~sample.ignored
    masks = None if sample.masks is None else [mask.numpy() > 0 for mask in sample.masks[kept]]
    joints = None if sample.joints is None else sample.joints[kept]
    return _boxes(sample.labels[kept], sample.boxes[kept], None), _joints(joints), masks


def _found(found: Detected) -> Answer:
    from pycocotools import mask as run_lengths

    kept = found.scores >= SURE
    rows = kept.nonzero()[:, 0].tolist()
    masks = None if found.masks is None else [run_lengths.decode(found.masks[row]) > 0 for row in rows]
    joints = (
        None
        if found.joints is None
        else torch.cat([found.joints[kept][..., :2], torch.full_like(found.joints[kept][..., :1], 2)], 2)
    )
    return _boxes(found.labels[kept], found.boxes[kept], found.scores[kept]), _joints(joints), masks


def _boxes(labels: Tensor, boxes: Tensor, scores: Tensor | None) -> str:
    """`class:left:top:right:bottom:confidence` per object, pixels; `none` without any."""
    sure = torch.ones(len(labels)) if scores is None else scores
    texts: Iterator[str] = (
        f"{label}:{':'.join(f'{edge:.1f}' for edge in box)}:{score:.2f}"
        for label, box, score in zip(labels.tolist(), boxes.tolist(), sure.tolist(), strict=True)
    )
    return ";".join(texts) or "none"


def _joints(joints: Tensor | None) -> str:
    """`k:j:x:y` per labelled joint: the k-th object's joint number j, both from 0; `none` without any."""
    if joints is None:
        return "none"
    labelled = (joints[..., 2] > 0).nonzero().tolist()
    places = ((k, j, *joints[k, j, :2].tolist()) for k, j in labelled)
    return ";".join(f"{k}:{j}:{x:.1f}:{y:.1f}" for k, j, x, y in places) or "none"


def _numbered(masks: list[np.ndarray], height: int, width: int) -> np.ndarray:
    numbers = np.zeros((height, width), np.uint8)
    for number, mask in enumerate(masks, 1):
        numbers[mask[:height, :width]] = number
    return numbers


TABLE = WrittenTable("or-qualitative", 1, "What a dense detector and its tickets find", "not in the paper", runs, write)
