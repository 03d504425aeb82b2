"""Semantic segmentation: cross-entropy with an ignore label; mIoU, mAcc, aAcc from one confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from supertickets.samples import Samples, parts
from supertickets.seeding import Draws
from supertickets.tasks.base import Augmentation, Forward, OfClasses, check_width, jitter_colours, normalise, scorable
from supertickets.tasks.data import IGNORE_LABEL, LabelledImages
from supertickets.tasks.windows import random_windows, whole_images


@dataclass(frozen=True)
class Segmentation(OfClasses):
    """Segmentation into `classes` classes.

    Attributes:
        scored_at: images are scored at the size of training inputs, or each at the size that the split gives it.

    Raises:
        DescriptionError: a field out of range.
    """

    name: ClassVar[str] = "segmentation"
    metrics: ClassVar[tuple[str, ...]] = ("miou", "macc", "aacc")
    augmentations: ClassVar[frozenset[str]] = frozenset({"zoom", "flip", "photometric"})

    scored_at: Literal["training size", "own size"] = "training size"

    def batch(
        self,
        part: LabelledImages,
        size: tuple[int, int],
        augmentation: Augmentation,
        draws: Draws,
        device: torch.device,
    ) -> tuple[Tensor, Tensor]:
        """Zoomed, shifted, mirrored crops of `size`: inputs `(B, 3, H, W)`, labels int64 `(B, H, W)`.

        Raises:
            ValueError: a label that is neither a class nor 255.
        """
        _check_labels(part.labels, self.classes)
        images = part.images.to(device).float()
        labels = part.labels.to(device)
        grid = random_windows(images, size, augmentation, draws)
        if grid is not None:
            images, labels = _crop(images, labels, grid)
        return normalise(jitter_colours(images, augmentation.photometric, draws)), labels.long()

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy over labelled pixels; logits are upsampled bilinearly to the label size.

        Raises:
            ValueError: outputs of another number than there are classes.
        """
        check_width(outputs, self.classes)
        logits = F.interpolate(outputs, targets.shape[1:], mode="bilinear", align_corners=False)
        labelled = self.counted(outputs, targets).clamp(min=1)  # a crop may hold no labelled pixel at all
        return F.cross_entropy(logits, targets, ignore_index=IGNORE_LABEL, reduction="sum") / labelled

    def counted(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Labelled pixels."""
        return (targets != IGNORE_LABEL).sum()

    @torch.no_grad()
    def evaluate(
        self, forward: Forward, samples: Samples, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Metrics in percent over all labelled pixels of the split, whole images at `size` or at their own.

        Raises:
            ValueError: another number of classes in the split or the net, a label that is no class, no labelled pixel,
                or outputs that are not finite.
        """
        self.check(samples)
        confusion = torch.zeros(self.classes, self.classes, dtype=torch.int64)
        for part in parts(samples, batch_size):
            seen = size if self.scored_at == "training size" else (part.images.shape[2], part.images.shape[3])
            outputs = scorable(forward(whole_images(part.images, seen, device)), self.classes)
            logits = F.interpolate(outputs, part.labels.shape[1:], mode="bilinear", align_corners=False)
            confusion += confusion_matrix(logits.argmax(dim=1), part.labels.to(device), self.classes).cpu()
        return segmentation_metrics(confusion)


def _crop(images: Tensor, labels: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
    """The windows that `grid` samples; pixels from outside are black and ignored."""
    cropped = F.grid_sample(images, grid, mode="bilinear", align_corners=False)
    # labels shifted by one so that the padding value 0 can become "ignore"
    shifted = (labels.to(torch.float32) + 1).unsqueeze(1)
    shifted = F.grid_sample(shifted, grid, mode="nearest", align_corners=False).squeeze(1)
    return cropped, torch.where(shifted > 0, shifted - 1, torch.full_like(shifted, IGNORE_LABEL))


def confusion_matrix(predictions: Tensor, labels: Tensor, classes: int) -> Tensor:
    """int64 `(classes, classes)`: pixels with label i predicted as j, ignored pixels left out.

    Raises:
        ValueError: a label that is neither a class nor 255, or a prediction that is no class.
    """
    _check_labels(labels, classes)
    counted = labels != IGNORE_LABEL
    truth, guesses = labels[counted].long(), predictions[counted].long()
    if guesses.numel() and not 0 <= int(guesses.min()) <= int(guesses.max()) < classes:
        raise ValueError(f"predictions reach from {int(guesses.min())} to {int(guesses.max())} in {classes} classes")
    return torch.bincount(truth * classes + guesses, minlength=classes * classes).view(classes, classes)


def _check_labels(labels: Tensor, classes: int) -> None:
    strange = ((labels < 0) | (labels >= classes)) & (labels != IGNORE_LABEL)
    if bool(strange.any()):
        raise ValueError(
            f"label {int(labels[strange].max())} found, but the task has {classes} classes and 255 = ignore"
        )


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
