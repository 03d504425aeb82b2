"""Top-down human pose: one heatmap per joint, OKS average precision through pycocotools."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from supertickets.tasks.base import Augmentation, Forward, jitter_colours, normalise, uniform
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
    """

    name: ClassVar[str] = "pose"
    metrics: ClassVar[tuple[str, ...]] = ("ap", "ap_m", "ap_l", "ar")
    augmentations: ClassVar[frozenset[str]] = frozenset({"crop_scale", "rotation", "flip", "photometric"})

    joints: int
    sigma: float = 2.0
    decoding: Decoding = "quarter"

    @property
    def outputs(self) -> int:
        return self.joints

    def batch(
        self,
        split: PersonCrops,
        index: Tensor,
        size: tuple[int, int],
        augmentation: Augmentation,
        generator: torch.Generator,
        device: torch.device,
    ) -> tuple[Tensor, HeatmapTargets]:
        """Rotated, scaled, mirrored crops `(B, 3, H, W)` around the persons' centres, with target heatmaps."""
        count = len(index)
        low, high = augmentation.crop_scale
        scale = uniform(generator, count, low, high)
        turned = torch.rand(count, generator=generator) < 0.6
        angle = uniform(generator, count, -augmentation.rotation, augmentation.rotation) * turned * (math.pi / 180)
        mirrored = (torch.rand(count, generator=generator) < 0.5) & augmentation.flip
        images, joints, labelled = affine_crops(split, index, size, scale, angle, mirrored, device)
        inside = (joints >= -0.5).all(-1) & (joints <= torch.tensor([size[1], size[0]]) - 0.5).all(-1)
        weights = (labelled & inside).float().to(device)
        shape = (size[0] // 4, size[1] // 4)
        heatmaps = draw_heatmaps(joints.to(device), shape, self.sigma)
        inputs = normalise(jitter_colours(images, augmentation.photometric, generator))
        return inputs, HeatmapTargets(heatmaps, weights)

    def loss(self, outputs: Tensor, targets: HeatmapTargets) -> Tensor:
        """Half the mean squared error over all joints and pixels; unlabelled joints weigh 0."""
        error = (outputs - targets.heatmaps).square().mean(dim=(2, 3))
        return 0.5 * (error * targets.weights).mean()

    @torch.no_grad()
    def evaluate(
        self, forward: Forward, split: PersonCrops, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """OKS metrics in percent with flip test, on the central crops of the given boxes."""
        swap = list(range(self.joints))
        for a, b in split.flip_pairs:
            swap[a], swap[b] = b, a
        top, left = ((split.images.shape[2] - size[0]) // 2, (split.images.shape[3] - size[1]) // 2)
        found, scores = [], []
        for images in split.images.split(batch_size):
            inputs = normalise(images[:, :, top : top + size[0], left : left + size[1]].to(device))
            mirrored = inputs.flip(3).contiguous(memory_format=torch.channels_last)
            # heatmap pixels sit in the middle of their 4x4 input pixels, so mirroring needs no shift
            heatmaps = (forward(inputs) + forward(mirrored).flip(3)[:, swap]) / 2
            joints, confidence = decode(heatmaps.float().cpu(), self.decoding)
            found.append(joints)
            scores.append(confidence)
        canvas = torch.cat(found) + torch.tensor([left, top])
        in_image = torch.einsum("nij,nkj->nki", split.to_image[:, :, :2], canvas) + split.to_image[:, None, :, 2]
        return keypoint_metrics(split, in_image.numpy().astype(np.float64), torch.cat(scores).numpy())


def affine_crops(
    split: PersonCrops,
    index: Tensor,
    size: tuple[int, int],
    scale: Tensor,
    angle: Tensor,
    mirrored: Tensor,
    device: torch.device,
) -> tuple[Tensor, Tensor, Tensor]:
    """Crops `(B, 3, H, W)`, joints in crop pixels `(B, J, 2)` and whether each joint is labelled `(B, J)`.

    `scale` > 1 shows more of the surroundings; `angle` in radians turns the person clockwise on screen;
    mirrored persons have their left and right joints swapped.
    """
    height, width = size
    side = split.images.shape[3]
    middle = (side - 1) / 2
    cos, sin = torch.cos(angle), torch.sin(angle)
    mirror = 1 - 2 * mirrored.float()
    # crop pixel offsets (u, v) from the crop's centre -> canvas pixel offsets
    matrix = torch.stack([torch.stack([cos * mirror, sin], -1), torch.stack([-sin * mirror, cos], -1)], 1)
    matrix = matrix * scale[:, None, None]
    # grid_sample wants offsets as shares of the half sides; both centres are the same point
    theta = torch.zeros(len(index), 2, 3)
    theta[:, :, 0], theta[:, :, 1] = matrix[:, :, 0] * (width / side), matrix[:, :, 1] * (height / side)
    grid = torch.nn.functional.affine_grid(theta, [len(index), 1, height, width], align_corners=False)
    images = torch.nn.functional.grid_sample(
        split.images[index].to(device).float(), grid.to(device), mode="bilinear", align_corners=False
    )
    offsets = torch.linalg.solve(matrix, (split.joints[index] - middle).transpose(1, 2)).transpose(1, 2)
    joints = offsets + torch.tensor([(width - 1) / 2, (height - 1) / 2])
    labelled = split.visibility[index] > 0
    swap = list(range(split.joints.shape[1]))
    for a, b in split.flip_pairs:
        swap[a], swap[b] = b, a
    joints = torch.where(mirrored[:, None, None], joints[:, swap], joints)
    labelled = torch.where(mirrored[:, None], labelled[:, swap], labelled)
    return images, joints, labelled
