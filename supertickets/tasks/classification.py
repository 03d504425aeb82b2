"""Image classification: cross-entropy with label smoothing; top-1 and top-5 accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from supertickets.descriptions import Share
from supertickets.samples import Samples, parts
from supertickets.seeding import Draws
from supertickets.tasks.base import Augmentation, Forward, OfClasses, check_width, jitter_colours, normalise, scorable
from supertickets.tasks.data import ClassifiedImages
from supertickets.tasks.windows import random_windows, whole_images

TOP = {"top1": 1, "top5": 5}
"""Metric -> number of guesses allowed."""


@dataclass(frozen=True)
class Classification(OfClasses):
    """Classification into `classes` classes.

    Attributes:
        label_smoothing: share of the target that is spread evenly over all classes, in 0..1; training only.

    Raises:
        DescriptionError: a field out of range.
    """

    name: ClassVar[str] = "classification"
    metrics: ClassVar[tuple[str, ...]] = tuple(TOP)

    augmentations: ClassVar[frozenset[str]] = frozenset({"zoom", "flip", "photometric"})

    label_smoothing: Share = 0.1

    def batch(
        self,
        part: ClassifiedImages,
        size: tuple[int, int],
        augmentation: Augmentation,
        draws: Draws,
        device: torch.device,
    ) -> tuple[Tensor, Tensor]:
        """Zoomed, shifted, mirrored windows of `size`: inputs `(B, 3, H, W)`, labels int64 `(B,)`.

        Whatever a window shows of its surroundings is black. `augmentation.rotation` belongs to pose alone.

        Raises:
            ValueError: a label that is no class.
        """
        self._check_labels(part.labels)
        images = part.images.to(device).float()
        grid = random_windows(images, size, augmentation, draws)
        if grid is not None:
            images = F.grid_sample(images, grid, mode="bilinear", align_corners=False)
        inputs = normalise(jitter_colours(images, augmentation.photometric, draws))
        return inputs, part.labels.to(device)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of logits `(B, classes)` with the smoothed targets.

        Raises:
            ValueError: logits of another number than there are classes.
        """
        check_width(outputs, self.classes)
        return F.cross_entropy(outputs, targets, label_smoothing=self.label_smoothing)

    def counted(self, inputs: Tensor, targets: Tensor) -> int:
        """Images."""
        return len(targets)

    @torch.no_grad()
    def evaluate(
        self, forward: Forward, samples: Samples, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Accuracies in percent over the split, whole images at `size`; no top-5 where five guesses cover all classes.

        Raises:
            ValueError: an empty split, another number of classes in the split or the net, a label that is no class, or
                outputs that are not finite.
        """
        self.check(samples)
        if not len(samples):
            raise ValueError("no image in the whole split: check the data set")
        places = torch.cat([self._places(forward, part, size, device) for part in parts(samples, batch_size)])
        allowed = {name: guesses for name, guesses in TOP.items() if guesses == 1 or guesses < self.classes}
        return {name: 100 * float((places < guesses).double().mean()) for name, guesses in allowed.items()}

    def _places(self, forward: Forward, part: ClassifiedImages, size: tuple[int, int], device: torch.device) -> Tensor:
        self._check_labels(part.labels)
        logits = scorable(forward(whole_images(part.images, size, device)), self.classes)
        return places_of(part.labels.to(device), logits).cpu()

    def _check_labels(self, labels: Tensor) -> None:
        if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < self.classes:
            strange = int(labels.min()) if int(labels.min()) < 0 else int(labels.max())
            raise ValueError(f"label {strange} found, but the task has {self.classes} classes")


def places_of(labels: Tensor, logits: Tensor) -> Tensor:
    """int64 `(B,)`: how many classes of logits `(B, classes)` are guessed before the right one.

    Of equal logits, which are finite, the lower index is guessed first, so that the first guess is `argmax`.
    """
    own = logits.gather(1, labels.unsqueeze(1))
    first = torch.arange(logits.shape[1], device=logits.device) < labels.unsqueeze(1)
    before = (logits > own) | ((logits == own) & first)
    return before.sum(dim=1)
