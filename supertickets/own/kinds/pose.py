"""Where the joints of a person, or of whatever the boxes hold, are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from supertickets.optimizers import Optimization
from supertickets.own.kinds import STAGES, Kind, colours, of_area
from supertickets.recipe import Recipe
from supertickets.samples import parts
from supertickets.supernet import SupernetConfig, miniature
from supertickets.tasks import Augmentation, PersonCrops
from supertickets.tasks.base import Forward, normalise, scorable
from supertickets.tasks.heatmaps import decode
from supertickets.tasks.pose import Pose, corner_of_crop

AREA = 64 * 64
NEAR = 0.1
"""Share of the longer side of the box within which a joint counts as found."""


class _Pose(Kind):
    name = "pose"
    metric = "pck"
    batch_size = 16
    rates = (0.001, 0.002, 0.004, 0.007)
    optimization = Optimization(optimizer="adam", lr=0.002, eps=1e-8, beta2=0.95, div=5, l2=1e-8)
    augmentation = Augmentation(scale=0.1, rotation=15)
    rho = 1e-6

    def task(self, outputs: int) -> Pose:
        return Pose(outputs, sigma=1.0, decoding="parabola")

    def architecture(self, outputs: int) -> SupernetConfig:
        return miniature(outputs, stages=STAGES, last_channels=24, bn_eps=1e-5, init="heatmap")

    def image_size(self, picture: tuple[int, int]) -> tuple[int, int]:
        height, width = picture
        # boxes are enlarged to the input's proportions: none that nothing else has
        ratio = min(2.0, max(0.5, height / width))
        return of_area((round(1000 * ratio), 1000), AREA)

    def recipe(self, image_size: tuple[int, int], train: PersonCrops) -> Recipe:
        """Mirrored pictures would teach joints in wrong places where none changes places with another."""
        found = super().recipe(image_size, train)
        return replace(found, augmentation=replace(found.augmentation, flip=bool(train.flip_pairs)))

    def score(
        self, forward: Forward, samples: Any, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Joints found near enough."""
        near, labelled, sides = 0, 0, _longer_sides(samples)
        for part in parts(samples, batch_size):
            top, left = corner_of_crop(part, size)
            inputs = normalise(part.images[:, :, top : top + size[0], left : left + size[1]].to(device))
            joints, _ = decode(scorable(forward(inputs), len(samples.joint_names)).float().cpu(), "parabola")
            near += int(_near(joints + torch.tensor([left, top]), part, sides).sum())
            labelled += int((part.visibility > 0).sum())
        return {self.metric: 100 * near / max(1, labelled)}

    def more(
        self, forward: Forward, samples: Any, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """COCO's metrics, where pycocotools is installed."""
        if not find_spec("pycocotools"):
            return {}
        return self.task(len(samples.joint_names)).evaluate(forward, samples, size, batch_size, device)

    def constant(self, train: PersonCrops, scored: PersonCrops, size: tuple[int, int]) -> tuple[float, str]:
        seen = (train.visibility > 0).float()[..., None]
        mean = (train.joints * seen).sum(0) / seen.sum(0).clamp(min=1)
        near = _near(mean.expand(len(scored), -1, -1), scored, _longer_sides(scored))
        return 100 * int(near.sum()) / max(1, int((scored.visibility > 0).sum())), "each joint at its mean place"

    def answer(self, output: Tensor, names: Sequence[str]) -> list[dict[str, Any]]:
        """Where each joint is, in pixels, and the height of its peak, near 1 where the net is sure."""
        places = [[round(value, 2) for value in joint] for joint in output.tolist()]
        return [
            {"joint": name, "x": x, "y": y, "height": height}
            for name, (x, y, height) in zip(names, places, strict=True)
        ]

    def overlay(self, picture: Image.Image, output: Tensor, names: Sequence[str]) -> Image.Image:
        drawn = picture.copy()
        pen, radius = ImageDraw.Draw(drawn), max(2, min(picture.size) // 60)
        for (x, y, _), colour in zip(output.tolist(), colours(len(names)), strict=True):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour, outline=(255, 255, 255))
        return drawn


def _longer_sides(samples: PersonCrops) -> dict[int, float]:
    """Annotation's id -> the longer side of its box, in pixels of the picture."""
    return {found["id"]: max(found["bbox"][2:]) for found in samples.ground_truth["annotations"]}


def _near(joints: Tensor, part: PersonCrops, sides: Mapping[int, float]) -> Tensor:
    """Bool `(B, J)`: labelled joints that `joints`, in canvas pixels `(B, J, 2)`, come near to."""
    side = torch.tensor([sides[number] for number in part.annotation_ids.tolist()])
    reach = NEAR * side / part.to_image[:, 0, 0]
    return ((joints - part.joints).norm(dim=2) <= reach[:, None]) & (part.visibility > 0)


KIND = _Pose()
