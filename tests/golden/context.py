"""A place to compute one step in, in memory: random data, random tickets for parents, and a last checkpoint.

Parents are not computed: a step's golden run must not change when another step's result does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from bench.experiments import Step
from bench.settings import Problem
from supertickets.architecture import Architecture
from supertickets.batches import Batches
from supertickets.recipe import Recipe
from supertickets.samples import Samples
from supertickets.seeding import derive_seed, generator
from supertickets.tasks import ClassifiedImages, LabelledImages, PersonCrops
from supertickets.tasks.annotated import AnnotatedImages
from supertickets.ticket import Ticket

COUNT, SIDE, CANVAS, SCENE = 24, 16, 28, 32
"""Samples of a split, and the side in pixels of an image, of a person's canvas and of a scene."""


@dataclass
class TinyContext:
    """A `bench.experiments.Context`.

    Attributes:
        state: the last checkpoint.
        epochs: what was reported as finished.
    """

    state: bytes | None = None
    epochs: list[int] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def seed(self, purpose: str) -> int:
        return derive_seed(0, purpose)

    def samples(self, problem: Problem, split: str) -> Samples:
        kinds = {
            "segmentation": labelled_images, "classification": classified_images, "pose": person_crops,
            "detection": scenes, "instance segmentation": scenes, "keypoint detection": people_in_scenes,
        }  # fmt: skip
        return kinds[problem.task.name](problem.task.outputs, generator(0, problem.data, split))

    def batches(self, problem: Problem, purpose: str, recipe: Recipe | None = None) -> Batches:
        samples = self.samples(problem, problem.split)
        return Batches(problem.task, samples, recipe or problem.recipe, self.seed(purpose), self.device)

    def ticket(self, parent: Step, name: str = "ticket") -> Ticket:
        masked = parent.sparsity if name == "ticket" else 0
        return random_ticket(parent.problem.architecture, masked, generator(0, parent.problem.data, masked, name))

    def numbers(self, parent: Step) -> Mapping[str, Any]:
        losses = torch.rand(parent.epochs, generator=generator(0, parent.problem.data, parent.sparsity, "losses"))
        return {"history": [{"epoch": i, "validation_loss": loss} for i, loss in enumerate(losses.tolist(), 1)]}

    def checkpoint(self) -> bytes | None:
        return self.state

    def finished(self, epoch: int, state: bytes | None = None) -> None:
        self.state = self.state if state is None else state
        self.epochs.append(epoch)


def random_ticket(architecture: Architecture, percent: int, random: torch.Generator) -> Ticket:
    """A searched ticket: every group has lost a unit, and `percent` % of the weights are pruned by chance."""
    whole = architecture.shape(architecture.build(0))
    net = architecture.shaped({name: [max(1, units - 1) for units in counts] for name, counts in whole.items()})
    draw_weights(net, random)
    weights = architecture.prunable(net, "convolutions") if percent else {}
    masks = {name: 100 * torch.rand(weight.shape, generator=random) >= percent for name, weight in weights.items()}
    return Ticket.of(architecture, net, masks)


@torch.no_grad()
def draw_weights(net: nn.Module, random: torch.Generator) -> None:
    """Uniform values for everything, so that they depend on no rule of initialisation and on no processor."""
    for name, tensor in net.state_dict().items():
        if tensor.is_floating_point():
            drawn = torch.rand(tensor.shape, generator=random)
            if name.endswith("running_var"):
                tensor.copy_(0.5 + drawn)
            elif tensor.dim() > 1:
                tensor.copy_((drawn - 0.5) * (12 / tensor[0].numel()) ** 0.5)  # keeps the size of activations
            else:
                tensor.copy_(drawn + (0.5 if name.endswith("weight") else -0.5))


def labelled_images(classes: int, random: torch.Generator) -> LabelledImages:
    """Random pixels and labels."""
    labels = torch.randint(0, classes, (COUNT, SIDE, SIDE), generator=random, dtype=torch.uint8)
    return LabelledImages(pixels(SIDE, random), labels, names(classes))


def classified_images(classes: int, random: torch.Generator) -> ClassifiedImages:
    """Random pixels and classes."""
    labels = torch.randint(0, classes, (COUNT,), generator=random)
    return ClassifiedImages(pixels(SIDE, random), labels, names(classes))


def person_crops(joints: int, random: torch.Generator) -> PersonCrops:
    """Random pixels, one person each, with joints in the middle of the canvas and so tolerant that some are found.

    The first person is not among them: its annotation is far away, because the records are from when pycocotools took
    its number 0 for "not found".
    """
    places = (CANVAS - SIDE) / 2 + SIDE * torch.rand(COUNT, joints, 2, generator=random)
    annotations: list[dict[str, Any]] = [
        {
            "id": i, "image_id": i, "category_id": 1, "area": 40.0**2, "iscrowd": 0, "num_keypoints": joints,
            "bbox": [0.0, 0.0, float(CANVAS), float(CANVAS)],
            "keypoints": [value for x, y in (places[i] + 1000 * (i == 0)).tolist() for value in (x, y, 2)],
        }
        for i in range(COUNT)
    ]  # fmt: skip
    truth = {
        "images": [{"id": i, "width": CANVAS, "height": CANVAS} for i in range(COUNT)],
        "categories": [{"id": 1, "name": "person", "keypoints": list(names(joints)), "skeleton": []}],
        "annotations": annotations,
    }
    return PersonCrops(
        images=pixels(CANVAS, random), joints=places, visibility=torch.full((COUNT, joints), 2, dtype=torch.uint8),
        to_image=torch.eye(2, 3).expand(COUNT, 2, 3), annotation_ids=torch.arange(COUNT), ground_truth=truth,
        joint_names=names(joints), flip_pairs=((0, 1),), sigmas=(0.08,) * joints, upper_joints=(0, 1),
    )  # fmt: skip


def scenes(classes: int, random: torch.Generator) -> AnnotatedImages:
    """Random pixels with none to two boxes, half of each box its mask; a picture is narrower than its image."""
    counts = torch.arange(COUNT) % 3
    many = int(counts.sum())
    corner, extent = SCENE / 2 * torch.rand(many, 2, generator=random), 4 + 12 * torch.rand(many, 2, generator=random)
    boxes = torch.cat([corner, (corner + extent).clamp(max=SCENE - 4)], 1)
    rows, columns = torch.arange(SCENE)[:, None] + 0.5, torch.arange(SCENE) + 0.5
    left, top, right, bottom = (edge[:, None, None] for edge in boxes.unbind(1))
    masks = (rows > top) & (rows < bottom) & (columns > left) & (columns < (left + right) / 2)
    return AnnotatedImages(
        images=pixels(SCENE, random), sizes=torch.tensor([[SCENE, SCENE - 4]]).repeat(COUNT, 1),
        image_ids=torch.arange(COUNT), counts=counts, boxes=boxes,
        labels=1 + torch.arange(many) % classes, areas=(boxes[:, 2:] - boxes[:, :2]).prod(1),
        ignored=torch.arange(many) % 7 == 6, class_names=names(classes), masks=masks.to(torch.uint8),
    )  # fmt: skip


def people_in_scenes(joints: int, random: torch.Generator) -> AnnotatedImages:
    """The same, with joints within the boxes of the first of two classes, every third of them unlabelled."""
    split = scenes(2, random)
    shares = torch.rand(len(split.boxes), joints, 2, generator=random)
    places = split.boxes[:, None, :2] + shares * (split.boxes[:, 2:] - split.boxes[:, :2])[:, None]
    flags = 2.0 * ((torch.arange(len(places))[:, None] + torch.arange(joints)) % 3 > 0)
    flags[split.labels != 1] = 0
    return replace(
        split, joints=torch.cat([places, flags[..., None]], 2), joint_names=names(joints), flip_pairs=((0, 1),),
        sigmas=(0.3,) * joints,
    )  # fmt: skip


def pixels(side: int, random: torch.Generator) -> Tensor:
    return torch.randint(0, 256, (COUNT, 3, side, side), generator=random, dtype=torch.uint8)


def names(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))
