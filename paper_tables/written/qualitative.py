"""Figures 10-12: predictions of S+P (Mag.) and SuperTickets on the same images, from mild to extreme sparsity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from bench.context import arithmetic_of_runs, load_batches, load_samples
from bench.experiments import Run
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.profiles import Profile
from bench.runner import Runner
from bench.steps.evaluate import STATISTICS
from paper_tables.written import WrittenTable
from paper_tables.written.lines import write_lines
from supertickets.evaluation import EvaluationProtocol, prepare
from supertickets.seeding import derive_seed
from supertickets.tasks.base import normalise
from supertickets.tasks.heatmaps import decode
from supertickets.tasks.pose import Pose, corner_of_crop
from supertickets.tasks.windows import whole_images
from supertickets.ticket import Ticket

FIGURES = {"COCO keypoints": "Fig. 10, 11", "Cityscapes": "Fig. 10, 12", "ADE20K": "not in the paper"}
SPARSITIES = (70, 80, 90, 95)
METHODS = ("sp_mag", "pp_ir_s")
IMAGES = 3
"""Samples at equal distances in the reported split, whatever they show: none is picked."""

_LIMBS = ("shoulder elbow", "elbow wrist", "shoulder hip", "hip knee", "knee ankle", "eye ear")
_MIDDLE = (
    ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("nose", "left_eye"), ("nose", "right_eye"),
    ("neck", "head_top"), ("neck", "left_shoulder"), ("neck", "right_shoulder"),
)  # fmt: skip
BONES = (*((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in map(str.split, _LIMBS)), *_MIDDLE)
"""Pairs of joints that are joined, of all data sets' joints; a set has those whose two ends it names."""


def _cells(profile: Profile) -> Iterator[tuple[str, str, Run]]:
    for role in FIGURES:
        for method in METHODS:
            for sparsity in SPARSITIES:
                yield role, method, Run(step_for(method, Condition(profile.setting(role), sparsity)), 0)


def runs(profile: Profile) -> list[Run]:
    """S+P (Mag.) and SuperTickets of seed 0 at every sparsity."""
    return [run for _, _, run in _cells(profile)]


def chosen(count: int, images: int = IMAGES) -> list[int]:
    """Indices of the `images` samples shown, of `count`."""
    return [position * count // images for position in range(images)]


@arithmetic_of_runs()
def write(table: WrittenTable, profile: Profile, runner: Runner, folder: Path, _present: Path) -> None:
    """Write images and label maps as PNG files; joints and the list of everything as CSV lines."""
    files = folder / f"{table.name}.v{table.version}"
    files.mkdir(parents=True, exist_ok=True)
    lines: list[dict[str, Any]] = []
    for role, paper_ref in FIGURES.items():
        setting = profile.setting(role)
        task, size = setting.problem.task, setting.problem.recipe.image_size
        split: Any = load_samples(setting.problem, setting.evaluation, runner.store.environment)
        names = split.joint_names if isinstance(task, Pose) else split.class_names
        about = {"names": listed(names), "bones": bones(names)}
        own = [(method, run) for of, method, run in _cells(profile) if of == role]
        nets = {run: _net(run, runner.store.ticket(run), setting.protocol, runner.store.environment) for _, run in own}
        for position, index in enumerate(chosen(len(split))):
            sample = split.take(torch.tensor([index]))
            shown = _inputs(task, sample, size)
            name = f"{role.lower().replace(' ', '-')}-{position}"
            Image.fromarray(shown.numpy().transpose(1, 2, 0)).save(files / f"{name}.png")
            seen = [("truth", "none", "none", _truth(task, sample, size))]
            seen += [
                (method, f"{run.step.sparsity / 100:.4f}", run.id, _prediction(task, nets[run], shown))
                for method, run in own
            ]
            for method, sparsity, identity, answer in seen:
                labels, joints = "none", answer
                if isinstance(answer, Tensor):
                    labels, joints = f"{name}-{method}-{sparsity}.png", "none"
                    Image.fromarray(answer.numpy().astype(np.uint8)).save(files / labels)
                lines.append(
                    {
                        "table": table.name, "version": table.version, "profile": profile.name,
                        "paper_ref": paper_ref, "role": role, "data_set": setting.data, "task": task.name,
                        "image": f"{name}.png", "sample": index, "method": method, "sparsity": sparsity,
                        "experiment_id": identity, "labels": labels, "joints": joints, **about,
                    }
                )  # fmt: skip
    write_lines(folder / table.file_name, lines)


def _inputs(task: Any, sample: Any, size: tuple[int, int]) -> Tensor:
    """uint8 `(3, H, W)`: the image of one decoded sample as the net sees it."""
    if isinstance(task, Pose):
        top, left = corner_of_crop(sample, size)
        return sample.images[0, :, top : top + size[0], left : left + size[1]]
    resized = torch.nn.functional.interpolate(sample.images.float(), size, mode="bilinear", antialias=True)
    return resized[0].round().clamp(0, 255).to(torch.uint8)


def _truth(task: Any, sample: Any, size: tuple[int, int]) -> Tensor | str:
    if isinstance(task, Pose):
        top, left = corner_of_crop(sample, size)
        return _joints(sample.joints[0] - torch.tensor([left, top]), sample.visibility[0] > 0)
    labels: Tensor = sample.labels[0]
    return labels


def _net(run: Run, ticket: Ticket, protocol: EvaluationProtocol, environment: Environment) -> nn.Module:
    """The net as it is scored, so that what is seen is what the other tables have numbers of."""
    batches = load_batches(run.step.problem, derive_seed(run.seed, STATISTICS), environment)
    return prepare(ticket.net(), protocol, batches).cpu()


@torch.no_grad()
def _prediction(task: Any, net: nn.Module, shown: Tensor) -> Tensor | str:
    if isinstance(task, Pose):
        heatmaps = net(normalise(shown[None].float()))
        joints, _ = decode(heatmaps, task.decoding)
        return _joints(joints[0], found(heatmaps)[0])
    size = (shown.shape[1], shown.shape[2])
    logits = net(whole_images(shown[None], size, torch.device("cpu")))
    full = torch.nn.functional.interpolate(logits, size, mode="bilinear", align_corners=False)
    return full.argmax(dim=1)[0]


def found(heatmaps: Tensor) -> Tensor:
    """Whether heatmaps `(B, J, h, w)` show a joint, `(B, J)`: their highest pixel is above zero and above another.

    The highest pixel of a flat heatmap is the first, in the upper left corner, whatever the picture shows. Nets whose
    classifier was pruned away have such heatmaps only.
    """
    lowest, highest = heatmaps.flatten(2).aminmax(dim=2)
    return highest > lowest.clamp(min=0)


def listed(names: Sequence[str]) -> str:
    """Names in one cell."""
    return ";".join(name.replace(";", ",") for name in names)


def bones(names: Sequence[str]) -> str:
    """`i-j` per bone between joints of these names; "none" where there is none, as between classes."""
    place = {name: index for index, name in enumerate(names)}
    return ";".join(f"{place[a]}-{place[b]}" for a, b in BONES if a in place and b in place) or "none"


def _joints(points: Tensor, seen: Tensor) -> str:
    """Pixels of the shown image, `x:y` per joint in the data set's order; `-` where none is labelled or found."""
    pairs = zip(points.tolist(), seen.tolist(), strict=True)
    return ";".join(f"{x:.1f}:{y:.1f}" if known else "-" for (x, y), known in pairs)


TABLE = WrittenTable("qualitative", 5, "Predictions of S+P (Mag.) and SuperTickets", "Fig. 10-12", runs, write)
