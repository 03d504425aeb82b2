"""A net that has learned its outputs by heart, to test evaluation without a net."""

from __future__ import annotations

import torch
from torch import Tensor


class Recite:
    """Answers with the logits of the image it is shown: image i of the split has red value i."""

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits

    def __call__(self, inputs: Tensor) -> Tensor:
        number = (inputs[:, 0, 0, 0] * 0.229 * 255 + 0.485 * 255).round().long()
        return self.logits[number]


def numbered_images(count: int) -> Tensor:
    """uint8 `(count, 3, 16, 16)` whose red value is their number."""
    return torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 16, 16)
