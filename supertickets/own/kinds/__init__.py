"""What differs between tasks when nets are trained on people's own data, one file each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from PIL import Image
from torch import Tensor

from supertickets.data.own_layouts import TaskName
from supertickets.discovery import Definitions
from supertickets.optimizers import Optimization
from supertickets.recipe import Recipe
from supertickets.supernet import Stage, SupernetConfig
from supertickets.tasks import Augmentation, Task
from supertickets.tasks.base import Forward

STAGES = (Stage((1,), (8,)), Stage((1, 1), (8, 16)), Stage((1, 1, 1), (8, 16, 24)))
"""Of the supernet: 16 pixels of the input are one of its coarsest branch."""
LEARNED: dict[str, Any] = {"bn_eps": 1e-5, "init": "alike"}
"""Of nets whose filters a short training outgrows in every layer: one threshold then compares what was learned."""
STRIDE = 16
SMALLEST_SIDE = 32


class Kind(ABC):
    """Choices for one task that work without being asked for.

    Attributes:
        name: of the task.
        metric: what is shown while a net is trained, in percent.
        batch_size: at most; fewer for few pictures.
        rates: peak learning rates that are tried.
        optimization: how weights are updated; `lr` is chosen among `rates`.
        rho: weight of the penalty on importance.
    """

    name: ClassVar[TaskName]
    metric: ClassVar[str]
    batch_size: ClassVar[int]
    rates: ClassVar[tuple[float, ...]]
    optimization: ClassVar[Optimization]
    augmentation: ClassVar[Augmentation]
    rho: ClassVar[float]

    @abstractmethod
    def task(self, outputs: int) -> Task:
        """Batches and loss."""

    @abstractmethod
    def architecture(self, outputs: int) -> SupernetConfig:
        """The supernet."""

    @abstractmethod
    def image_size(self, picture: tuple[int, int]) -> tuple[int, int]:
        """`(H, W)` of the net's input for pictures of a median `(H, W)`."""

    def score(
        self, forward: Forward, samples: Any, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Metrics in percent that are shown while a net is trained, `metric` first: the task's own."""
        return self.task(len(samples.class_names)).evaluate(forward, samples, size, batch_size, device)

    def more(
        self, forward: Forward, samples: Any, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Metrics of a whole split that are not among those of `score`."""
        return {}

    def all_scores(
        self, forward: Forward, samples: Any, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """All metrics of a whole split in percent, `metric` first."""
        of_all = forward, samples, size, batch_size, device
        return self.score(*of_all) | self.more(*of_all)

    @abstractmethod
    def constant(self, train: Any, scored: Any, size: tuple[int, int]) -> tuple[float, str]:
        """`metric` of the best answer that looks at no picture, and the answer in words."""

    @abstractmethod
    def answer(self, output: Tensor, names: Sequence[str]) -> list[dict[str, Any]]:
        """What `predicted` says of one picture: plain JSON values by name, in rows of the same names."""

    @abstractmethod
    def overlay(self, picture: Image.Image, output: Tensor, names: Sequence[str]) -> Image.Image:
        """The picture with the answer drawn into it."""

    def recipe(self, image_size: tuple[int, int], train: Any) -> Recipe:
        """How a net is trained on a split; an epoch of one step, and the learning rate are still to be chosen."""
        return Recipe(
            image_size=image_size,
            batch_size=max(2, min(self.batch_size, len(train) // 4)),
            steps_per_epoch=1,
            optimization=self.optimization,
            augmentation=self.augmentation,
            rho=self.rho,
            rho_warmup=5,
        )


def kind(name: str) -> Kind:
    """The choices for a task."""
    found: Kind = Definitions("KIND", __name__)[name]
    return found


def rounded(height: float, width: float) -> tuple[int, int]:
    """The nearest `(H, W)` that the supernet divides evenly."""
    sides = (max(SMALLEST_SIDE, STRIDE * round(side / STRIDE)) for side in (height, width))
    return next(sides), next(sides)


def of_area(picture: tuple[int, int], area: int) -> tuple[int, int]:
    """`(H, W)` in the proportions of a picture, of about `area` pixels, or of the picture's own where it is smaller."""
    height, width = picture
    scale = min(1.0, (area / (height * width)) ** 0.5)
    return rounded(height * scale, width * scale)


def colours(count: int) -> list[tuple[int, int, int]]:
    """As many colours as there are names, far apart from each other."""
    import colorsys

    found = []
    for index in range(count):
        # steps of the golden ratio around the circle of hues
        red, green, blue = colorsys.hsv_to_rgb(index * 0.618034 % 1, 0.85, 0.95 if index % 2 else 0.7)
        found.append((round(255 * red), round(255 * green), round(255 * blue)))
    return found
