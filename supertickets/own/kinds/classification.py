"""Which class a picture is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from supertickets.optimizers import Optimization
from supertickets.own.kinds import LEARNED, STAGES, Kind, rounded
from supertickets.supernet import SupernetConfig, miniature
from supertickets.tasks import Augmentation, ClassifiedImages
from supertickets.tasks.classification import Classification

LARGEST_SIDE = 96
GUESSES = 5


class _Classification(Kind):
    name = "classification"
    metric = "top1"
    batch_size = 64
    rates = (0.001, 0.002, 0.004, 0.008)
    optimization = Optimization(optimizer="adamw", lr=0.002, eps=1e-8, beta2=0.95, div=5)
    augmentation = Augmentation(zoom=(0.9, 1.25), flip=True, photometric=0.2)
    rho = 4e-4

    def task(self, outputs: int) -> Classification:
        return Classification(outputs)

    def architecture(self, outputs: int) -> SupernetConfig:
        return miniature(
            outputs,
            stages=STAGES,
            head_kind="classification",
            branch_channels=(16, 32, 48),
            last_channels=96,
            **LEARNED,
        )

    def image_size(self, picture: tuple[int, int]) -> tuple[int, int]:
        side = min(*picture, LARGEST_SIDE)
        return rounded(side, side)

    def constant(self, train: ClassifiedImages, scored: ClassifiedImages, size: tuple[int, int]) -> tuple[float, str]:
        most = int(torch.bincount(train.labels).argmax())
        return 100 * float((scored.labels == most).double().mean()), f"always {train.class_names[most]!r}"

    def answer(self, output: Tensor, names: Sequence[str]) -> list[dict[str, Any]]:
        """The likeliest classes and their probabilities, the likeliest first."""
        shares, order = output.softmax(0).sort(descending=True, stable=True)
        best = zip(order[:GUESSES].tolist(), shares[:GUESSES].tolist(), strict=True)
        return [{"class": names[index], "share": round(share, 4)} for index, share in best]

    def overlay(self, picture: Image.Image, output: Tensor, names: Sequence[str]) -> Image.Image:
        found = self.answer(output, names)[0]
        drawn = picture.copy()
        pen = ImageDraw.Draw(drawn)
        text = f"{found['class']} {found['share']:.0%}"
        pen.rectangle(pen.textbbox((2, 2), text), fill=(0, 0, 0))
        pen.text((2, 2), text, fill=(255, 255, 255))
        return drawn


KIND = _Classification()
