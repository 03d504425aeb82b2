"""How a training is computed, whatever is trained: in how many parts, with which statistics, how precisely."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch

from supertickets.descriptions import Count, check_fields

Statistics = Literal["synchronised", "local"]
Precision = Literal["float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Computing:
    """How the steps of a training are computed (docs/SCALE.md).

    Attributes:
        parts: of every batch, computed one after the other; a step is made of the gradient of all of them.
        statistics: BatchNorm normalises with those of a part as a whole (`synchronised`), or of the share that one
            process has of it (`local`).
        precision: of products in training steps; weights, statistics and scores are float32 always. The loss is
            scaled for `float16`.
        compiled: forward and backward passes of training steps go through `torch.compile`, once for every shape that
            a search leaves; results differ by rounding.

    Raises:
        DescriptionError: a field out of range.
    """

    parts: Count = 1
    statistics: Statistics = "synchronised"
    precision: Precision = "float32"
    compiled: bool = False

    def __post_init__(self) -> None:
        check_fields(self)

    def autocast(self, device: torch.device) -> AbstractContextManager[Any]:
        """What a forward pass and its loss are computed in."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(device.type, getattr(torch, self.precision))

    def scaler(self, device: torch.device) -> torch.amp.GradScaler:
        """Scales losses and skips steps whose gradients are infinite; does nothing unless in float16."""
        return torch.amp.GradScaler(device.type, enabled=self.precision == "float16")


PLAIN = Computing()
