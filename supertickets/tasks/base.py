"""What training and evaluation need to know about a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

Forward = Callable[[Tensor], Tensor]
"""A net in eval mode: normalised images `(B, 3, H, W)` -> outputs."""


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images; all off by default.

    Attributes:
        zoom: images are enlarged by a factor drawn log-uniformly between these two.
        crop_scale: pose only, crops around a person show more of the surroundings by a uniform factor between these.
        rotation: pose only, largest rotation in degrees, either way (drawn for 60 % of the images).
        flip: whether half of the images are mirrored.
        photometric: strength of brightness, contrast and saturation changes, as a share.
    """

    zoom: tuple[float, float] = (1.0, 1.0)
    crop_scale: tuple[float, float] = (1.0, 1.0)
    rotation: float = 0.0
    flip: bool = False
    photometric: float = 0.0


class Task(Protocol):
    """Batches, loss and metrics of one task on one data set; a frozen dataclass, so that experiments can name it."""

    name: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]
    """Names of the metrics in percent, the first one decides claims."""
    augmentations: ClassVar[frozenset[str]]
    """Fields of `Augmentation` that it uses."""

    @property
    def outputs(self) -> int:
        """Classes or joints: outputs of the net."""

    def batch(
        self,
        split: Any,
        index: Tensor,
        size: tuple[int, int],
        augmentation: Augmentation,
        generator: torch.Generator,
        device: torch.device,
    ) -> tuple[Tensor, Any]:
        """Training inputs `(B, 3, H, W)` and targets for the samples `index`."""

    def loss(self, outputs: Tensor, targets: Any) -> Tensor:
        """Scalar mean loss."""

    def evaluate(
        self, forward: Forward, split: Any, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Every metric in percent over the whole split; a metric that is undefined on it is missing."""


def normalise(images: Tensor) -> Tensor:
    """uint8 or float `(B, 3, H, W)` in 0..255 -> zero-mean floats in the memory layout convolutions like."""
    mean = torch.tensor(MEAN, device=images.device).mul_(255).view(3, 1, 1)
    std = torch.tensor(STD, device=images.device).mul_(255).view(3, 1, 1)
    return images.float().sub(mean).div_(std).contiguous(memory_format=torch.channels_last)


def uniform(generator: torch.Generator, count: int, low: float, high: float) -> Tensor:
    """`count` uniform draws on the CPU, whatever device they are used on, so that devices see equal batches."""
    return torch.rand(count, generator=generator) * (high - low) + low


def jitter_colours(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Per-image random brightness, contrast and saturation of float images in 0..255."""
    if not strength:
        return images
    brightness, contrast, saturation = (
        uniform(generator, len(images), 1 - strength, 1 + strength).to(images.device).view(-1, 1, 1, 1)
        for _ in range(3)
    )
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    images = torch.lerp(mean, images, contrast) * brightness
    grey = images.mean(dim=1, keepdim=True)
    return torch.lerp(grey, images, saturation).clamp_(0, 255)
