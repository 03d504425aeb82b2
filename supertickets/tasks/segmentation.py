"""Semantic segmentation: cross-entropy with an ignore label; mIoU, mAcc, aAcc from one confusion matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from supertickets.tasks.base import Augmentation, Forward, jitter_colours, normalise, uniform
from supertickets.tasks.data import IGNORE_LABEL, LabelledImages


@dataclass(frozen=True)
class Segmentation:
    """Segmentation into `classes` classes."""

    name: ClassVar[str] = "segmentation"
    metrics: ClassVar[tuple[str, ...]] = ("miou", "macc", "aacc")
    augmentations: ClassVar[frozenset[str]] = frozenset({"zoom", "flip", "photometric"})

    classes: int

    @property
    def outputs(self) -> int:
        return self.classes

    def batch(
        self,
        split: LabelledImages,
        index: Tensor,
        size: tuple[int, int],
        augmentation: Augmentation,
        generator: torch.Generator,
        device: torch.device,
    ) -> tuple[Tensor, Tensor]:
        """Zoomed, shifted, mirrored crops of `size`: inputs `(B, 3, H, W)`, labels int64 `(B, H, W)`."""
        images = split.images[index].to(device).float()
        labels = split.labels[index].to(device)
        count = len(index)
        low, high = augmentation.zoom
        zoom = uniform(generator, count, math.log(low), math.log(high)).exp()
        shifts = uniform(generator, 2 * count, -1, 1).view(2, count)
        mirror = torch.ones(count)
        if augmentation.flip:
            mirror -= 2 * (torch.rand(count, generator=generator) < 0.5).float()
        if high > low or augmentation.flip or images.shape[2:] != size:
            images, labels = _crop(images, labels, size, zoom, shifts, mirror)
        return normalise(jitter_colours(images, augmentation.photometric, generator)), labels.long()

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy over labelled pixels; logits are upsampled bilinearly to the label size."""
        logits = F.interpolate(outputs, targets.shape[1:], mode="bilinear", align_corners=False)
        labelled = (targets != IGNORE_LABEL).sum().clamp(min=1)  # a crop may hold no labelled pixel at all
        return F.cross_entropy(logits, targets, ignore_index=IGNORE_LABEL, reduction="sum") / labelled

    @torch.no_grad()
    def evaluate(
        self, forward: Forward, split: LabelledImages, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Metrics in percent over all labelled pixels of the split, whole images at `size`."""
        confusion = torch.zeros(self.classes, self.classes, dtype=torch.int64)
        for images, labels in zip(split.images.split(batch_size), split.labels.split(batch_size), strict=True):
            inputs = images.to(device).float()
            if inputs.shape[2:] != size:
                inputs = F.interpolate(inputs, size, mode="bilinear", align_corners=False, antialias=True)
            logits = F.interpolate(forward(normalise(inputs)), labels.shape[1:], mode="bilinear", align_corners=False)
            confusion += confusion_matrix(logits.argmax(dim=1), labels.to(device), self.classes).cpu()
        return segmentation_metrics(confusion)


def _crop(
    images: Tensor, labels: Tensor, size: tuple[int, int], zoom: Tensor, shifts: Tensor, mirror: Tensor
) -> tuple[Tensor, Tensor]:
    """Windows of `size` from images enlarged by `zoom`; pixels from outside are black and ignored."""
    height, width = images.shape[2:]
    # share of the source a window covers, and how far its centre can move without leaving the source
    cover = torch.stack([size[1] / (width * zoom), size[0] / (height * zoom)])
    centre = shifts * (1 - cover).abs()
    theta = torch.zeros(len(images), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = cover[0] * mirror, cover[1]
    theta[:, :, 2] = centre.T
    grid = F.affine_grid(theta, [len(images), 1, *size], align_corners=False).to(images.device)
    cropped = F.grid_sample(images, grid, mode="bilinear", align_corners=False)
    # labels shifted by one so that the padding value 0 can become "ignore"
    shifted = (labels.to(torch.float32) + 1).unsqueeze(1)
    shifted = F.grid_sample(shifted, grid, mode="nearest", align_corners=False).squeeze(1)
    return cropped, torch.where(shifted > 0, shifted - 1, torch.full_like(shifted, IGNORE_LABEL))


def confusion_matrix(predictions: Tensor, labels: Tensor, classes: int) -> Tensor:
    """int64 `(classes, classes)`: pixels with label i predicted as j, ignored pixels left out.

    Raises:
        ValueError: a label that is neither a class nor 255.
    """
    counted = labels != IGNORE_LABEL
    truth = labels[counted].long()
    if truth.numel() and int(truth.max()) >= classes:
        raise ValueError(f"label {int(truth.max())} found, but the task has {classes} classes and 255 = ignore")
    return torch.bincount(truth * classes + predictions[counted], minlength=classes * classes).view(classes, classes)


def segmentation_metrics(confusion: Tensor) -> dict[str, float]:
    """mIoU, mAcc, aAcc in percent; classes that occur neither in labels nor predictions do not count.

    Raises:
        ValueError: a confusion matrix without a single labelled pixel.
    """
    if not int(confusion.sum()):
        raise ValueError("no labelled pixel in the whole split: check the label files and the ignore label")
    hits = confusion.diagonal().double()
    truth, predicted = confusion.sum(1).double(), confusion.sum(0).double()
    union = truth + predicted - hits
    return {
        "miou": 100 * float((hits / union)[union > 0].mean()),
        "macc": 100 * float((hits / truth)[truth > 0].mean()),
        "aacc": 100 * float(hits.sum() / truth.sum()),
    }
