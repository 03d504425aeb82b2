"""What training and evaluation need to know about a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

from supertickets.descriptions import Count, DescriptionError, Fraction, NotNegative, Positive, Share, check_fields
from supertickets.samples import Samples
from supertickets.seeding import Draws

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

Forward = Callable[[Any], Any]
"""A net in eval mode: normalised images `(B, 3, H, W)`, or what else its task makes of them -> outputs."""


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images; all off by default.

    Attributes:
        zoom: images are enlarged by a factor drawn log-uniformly between these two.
        scale: pose only, standard deviation of the factor by which a crop shows more or less of the surroundings;
            draws beyond one deviation are moved there.
        rotation: pose only, standard deviation in degrees, for 60 % of the images; draws beyond two are moved there.
        half_body: pose only, probability that a crop is drawn around the upper or the lower half of a person of whom
            more than eight joints are labelled.
        flip: whether half of the images are mirrored.
        photometric: strength of brightness, contrast and saturation changes, as a share.

    Raises:
        DescriptionError: a field out of range.
    """

    zoom: tuple[Positive, Positive] = (1.0, 1.0)
    scale: Fraction = 0.0
    rotation: NotNegative = 0.0
    half_body: Share = 0.0
    flip: bool = False
    photometric: Share = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.zoom[0] > self.zoom[1]:
            raise DescriptionError(f"Augmentation.zoom is {self.zoom}: give the smaller factor first")


@runtime_checkable
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

    def check(self, samples: Samples) -> None:
        """Refuse a split that says it has another number of classes or joints; one that names none passes.

        Raises:
            ValueError: with both numbers.
        """

    def batch(
        self,
        part: Any,
        size: tuple[int, int],
        augmentation: Augmentation,
        draws: Draws,
        device: torch.device,
    ) -> tuple[Any, Any]:
        """Training inputs, of most tasks `(B, 3, H, W)`, and targets of decoded samples."""

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """Scalar mean loss."""

    def counted(self, inputs: Any, targets: Any) -> int | Tensor:
        """How many things, such as images or labelled pixels, the mean loss of such a batch is over."""

    def evaluate(
        self, forward: Forward, samples: Samples, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Every metric in percent over the whole split; a metric that is undefined on it is missing."""


@dataclass(frozen=True)
class OfClasses:
    """What tasks share whose outputs are classes.

    Raises:
        DescriptionError: a field out of range.
    """

    classes: Count

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def outputs(self) -> int:
        return self.classes

    def check(self, samples: Samples) -> None:
        check_names(getattr(samples, "class_names", ()), self.classes, "classes")


def check_names(names: Sequence[str], outputs: int, what: str) -> None:
    """Compare the names of a split's classes or joints, if it has any, with their number in the task.

    Raises:
        ValueError: they differ.
    """
    if names and len(names) != outputs:
        raise ValueError(f"the data have {len(names)} {what}, the task {outputs}: give task and net {len(names)}")


def check_width(outputs: Tensor, expected: int) -> None:
    """Compare a net's outputs `(B, outputs, ...)` with those of the task; no value is looked at.

    Raises:
        ValueError: another number.
    """
    if outputs.dim() < 2 or outputs.shape[1] != expected:
        raise ValueError(
            f"the net's outputs have shape {tuple(outputs.shape)}, the task needs (batch, {expected}, ...): "
            f"give the net {expected} outputs"
        )


def scorable(outputs: Tensor, expected: int) -> Tensor:
    """Outputs of a net that is scored, as they are.

    Raises:
        ValueError: another number than expected, or a value that is infinite or no number: `argmax` would take it for
            the first class.
    """
    check_width(outputs, expected)
    if not bool(torch.isfinite(outputs).all()):
        raise ValueError("the net's outputs are not finite, so it cannot be scored: lower the learning rate it had")
    return outputs


def normalise(images: Tensor, mean: Sequence[float] = MEAN, std: Sequence[float] = STD) -> Tensor:
    """uint8 or float `(B, 3, H, W)` in 0..255 -> zero-mean floats in the memory layout convolutions like."""
    middle = torch.tensor(mean, device=images.device).mul_(255).view(3, 1, 1)
    spread = torch.tensor(std, device=images.device).mul_(255).view(3, 1, 1)
    return images.float().sub(middle).div_(spread).contiguous(memory_format=torch.channels_last)


def jitter_colours(images: Tensor, strength: float, draws: Draws) -> Tensor:
    """Per-image random brightness, contrast and saturation of float images in 0..255."""
    if not strength:
        return images
    brightness, contrast, saturation = (
        draws.uniform(1 - strength, 1 + strength).to(images.device).view(-1, 1, 1, 1) for _ in range(3)
    )
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    images = torch.lerp(mean, images, contrast) * brightness
    grey = images.mean(dim=1, keepdim=True)
    return torch.lerp(grey, images, saturation).clamp_(0, 255)
