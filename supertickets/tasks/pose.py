"""Top-down human pose: one heatmap per joint, OKS average precision through pycocotools."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from supertickets.descriptions import Count, Positive, check_fields
from supertickets.samples import Samples, parts
from supertickets.seeding import Draws
from supertickets.tasks.base import Augmentation, Forward, check_names, check_width, jitter_colours, normalise, scorable
from supertickets.tasks.data import PersonCrops
from supertickets.tasks.heatmaps import Decoding, decode, draw_heatmaps
from supertickets.tasks.keypoint_ap import keypoint_metrics


class HeatmapTargets(NamedTuple):
    """Target heatmaps `(B, J, h, w)` and weights `(B, J)`, 1 where a joint is labelled and in view."""

    heatmaps: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Pose:
    """Pose with `joints` joints.

    Attributes:
        sigma: spread of a target Gaussian in heatmap pixels (2 at 64x48).
        decoding: how a joint is placed between heatmap pixels.

    Raises:
        DescriptionError: a field out of range.
    """

    name: ClassVar[str] = "pose"
    metrics: ClassVar[tuple[str, ...]] = ("ap", "ap_m", "ap_l", "ar")
    augmentations: ClassVar[frozenset[str]] = frozenset({"scale", "rotation", "half_body", "flip", "photometric"})

    joints: Count
    sigma: Positive = 2.0
    decoding: Decoding = "quarter"

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def outputs(self) -> int:
        return self.joints

    def check(self, samples: Samples) -> None:
        check_names(getattr(samples, "joint_names", ()), self.joints, "joints")

    def batch(
        self,
        part: PersonCrops,
        size: tuple[int, int],
        augmentation: Augmentation,
        draws: Draws,
        device: torch.device,
    ) -> tuple[Tensor, HeatmapTargets]:
        """Rotated, scaled, mirrored crops `(B, 3, H, W)` around persons or halves of them, with target heatmaps."""
        centre, extent = half_bodies(part, size, augmentation.half_body, draws)
        scale = extent * (1 + augmentation.scale * draws.normal().clamp(-1, 1))
        turn = draws.normal().clamp(-MOST_TURN, MOST_TURN) * draws.chance(TURNED)
        angle = augmentation.rotation * turn * (math.pi / 180)
        mirrored = draws.chance(0.5) & augmentation.flip
        images, joints, labelled = affine_crops(part, size, centre, scale, angle, mirrored, device)
        inside = (joints >= -0.5).all(-1) & (joints <= torch.tensor([size[1], size[0]]) - 0.5).all(-1)
        weights = (labelled & inside).float().to(device)
        shape = (size[0] // 4, size[1] // 4)
        heatmaps = draw_heatmaps(joints.to(device), shape, self.sigma)
        inputs = normalise(jitter_colours(images, augmentation.photometric, draws))
        return inputs, HeatmapTargets(heatmaps, weights)

    def loss(self, outputs: Tensor, targets: HeatmapTargets) -> Tensor:
        """Half the mean squared error over all joints and pixels; unlabelled joints weigh 0.

        Raises:
            ValueError: heatmaps of another number than there are joints.
        """
        check_width(outputs, self.joints)
        error = (outputs - targets.heatmaps).square().mean(dim=(2, 3))
        return 0.5 * (error * targets.weights).mean()

    def counted(self, inputs: Tensor, targets: HeatmapTargets) -> int:
        """Persons, whose unlabelled joints count, too."""
        return len(targets.weights)

    @torch.no_grad()
    def evaluate(
        self, forward: Forward, samples: Samples, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """OKS metrics in percent on the central crops of the given boxes, with flip test where joints have sides.

        Raises:
            ValueError: no person, another number of joints in the split or the net, or outputs that are not finite.
        """
        self.check(samples)
        if not len(samples):
            raise ValueError("no person in the whole split: check the data set")
        found, scores, ids, boxes = [], [], [], []
        for part in parts(samples, batch_size):
            top, left = corner_of_crop(part, size)
            inputs = normalise(part.images[:, :, top : top + size[0], left : left + size[1]].to(device))
            heatmaps = scorable(forward(inputs), self.joints)
            if part.flip_pairs:  # a net that has seen no mirrored picture answers one wrongly
                mirrored = inputs.flip(3).contiguous(memory_format=torch.channels_last)
                reflected = scorable(forward(mirrored), self.joints)
                # heatmap pixels sit in the middle of their 4x4 input pixels, so mirroring needs no shift
                heatmaps = (heatmaps + reflected.flip(3)[:, part.mirrored_joints]) / 2
            joints, confidence = decode(heatmaps.float().cpu(), self.decoding)
            canvas = joints + torch.tensor([left, top])
            found.append(torch.einsum("nij,nkj->nki", part.to_image[:, :, :2], canvas) + part.to_image[:, None, :, 2])
            scores.append(confidence)
            ids.append(part.annotation_ids)
            if part.box_scores is not None:
                areas = part.to_image[:, 0, 0] * part.to_image[:, 1, 1] * (size[0] * size[1])
                boxes.append(torch.stack([part.box_scores, areas], 1))
        in_image = torch.cat(found).numpy().astype(np.float64)
        detected = torch.cat(boxes).numpy() if boxes else None
        return keypoint_metrics(part, torch.cat(ids), in_image, torch.cat(scores).numpy(), detected)


def corner_of_crop(part: PersonCrops, size: tuple[int, int]) -> tuple[int, int]:
    """(top, left), in canvas pixels, of the central crop of `size` that is scored."""
    return (part.images.shape[2] - size[0]) // 2, (part.images.shape[3] - size[1]) // 2


UPPER_HALF = NormalDist().cdf(0.5)
"""How often the upper half is chosen."""

WHOLE_BODY = 8
"""Joints; of a person with more labelled ones half a body may be shown."""

HALF_EXTENT = 1.5
"""Size of a crop around half a body, as a multiple of the bounding box of its joints."""

TURNED = 0.6
"""Share of the crops that are turned."""

MOST_TURN = 2.0
"""Standard deviations of the angle beyond which it is cut."""


def half_bodies(part: PersonCrops, size: tuple[int, int], probability: float, draws: Draws) -> tuple[Tensor, Tensor]:
    """Centres of the crops `(B, 2)` in canvas pixels, and what they show as a multiple of a whole person `(B,)`.

    Of a person with more than eight labelled joints the upper or the lower ones are chosen, around their mean and with
    1.5 times the size of their bounding box (HRNet's rule, which compares a normal number with 0.5 to choose); a half
    of fewer than three labelled joints gives way to the other.
    """
    count = len(part)
    centre = ((torch.tensor([part.images.shape[3], part.images.shape[2]]) - 1) / 2).expand(count, 2).clone()
    extent = torch.ones(count)
    wanted, upper_first = draws.chance(probability), draws.chance(UPPER_HALF)
    labelled = part.visibility > 0
    for i in (wanted & (labelled.sum(1) > WHOLE_BODY)).nonzero().squeeze(1).tolist():
        joints = chosen_half(part.joints[i], labelled[i], part.upper_joints, bool(upper_first[i]))
        low, high = joints.amin(0), joints.amax(0)
        centre[i] = joints.mean(0)
        extent[i] = HALF_EXTENT * float(((high - low) / torch.tensor([size[1], size[0]])).max())
    return centre, extent.clamp(min=0.1)


def chosen_half(joints: Tensor, labelled: Tensor, upper_joints: Sequence[int], upper_first: bool) -> Tensor:
    """The labelled ones among joints `(J, 2)` of the upper or the lower half; of the other one where they are few."""
    upper = torch.zeros(len(joints), dtype=torch.bool)
    upper[list(upper_joints)] = True
    halves = [labelled & upper, labelled & ~upper]
    chosen, other = halves if upper_first else halves[::-1]
    return joints[chosen if int(chosen.sum()) > 2 else other]


def affine_crops(
    part: PersonCrops,
    size: tuple[int, int],
    centre: Tensor,
    scale: Tensor,
    angle: Tensor,
    mirrored: Tensor,
    device: torch.device,
) -> tuple[Tensor, Tensor, Tensor]:
    """Crops `(B, 3, H, W)`, joints in crop pixels `(B, J, 2)` and whether each joint is labelled `(B, J)`.

    `centre` `(B, 2)` is in canvas pixels; `scale` > 1 shows more of the surroundings; `angle` in radians turns the
    person clockwise on screen; mirrored persons have their left and right joints swapped.
    """
    height, width = size
    sides = part.images.shape[3], part.images.shape[2]
    cos, sin = torch.cos(angle), torch.sin(angle)
    mirror = 1 - 2 * mirrored.float()
    # crop pixel offsets (u, v) from the crop's centre -> canvas pixel offsets
    matrix = torch.stack([torch.stack([cos * mirror, sin], -1), torch.stack([-sin * mirror, cos], -1)], 1)
    matrix = matrix * scale[:, None, None]
    # grid_sample wants positions as shares of the half sides from the middle
    theta = torch.zeros(len(part), 2, 3)
    theta[:, :, 2] = (2 * centre + 1) / torch.tensor(sides) - 1
    for axis, side in enumerate(sides):
        theta[:, axis, 0], theta[:, axis, 1] = matrix[:, axis, 0] * (width / side), matrix[:, axis, 1] * (height / side)
    grid = torch.nn.functional.affine_grid(theta, [len(part), 1, height, width], align_corners=False)
    images = torch.nn.functional.grid_sample(
        part.images.to(device).float(), grid.to(device), mode="bilinear", align_corners=False
    )
    offsets = torch.linalg.solve(matrix, (part.joints - centre[:, None]).transpose(1, 2)).transpose(1, 2)
    joints = offsets + torch.tensor([(width - 1) / 2, (height - 1) / 2])
    labelled = part.visibility > 0
    swap = part.mirrored_joints
    joints = torch.where(mirrored[:, None, None], joints[:, swap], joints)
    labelled = torch.where(mirrored[:, None], labelled[:, swap], labelled)
    return images, joints, labelled
