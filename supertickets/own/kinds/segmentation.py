"""Which class each pixel is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from supertickets.bands import bands
from supertickets.optimizers import Optimization
from supertickets.own.kinds import LEARNED, STAGES, Kind, colours, of_area
from supertickets.supernet import SupernetConfig, miniature
from supertickets.tasks import IGNORE_LABEL, Augmentation, LabelledImages
from supertickets.tasks.segmentation import Segmentation

AREA = 96 * 128


class _Segmentation(Kind):
    name = "segmentation"
    metric = "miou"
    batch_size = 8
    rates = (0.0025, 0.005, 0.01, 0.02)
    optimization = Optimization(optimizer="adamw", lr=0.01, eps=1e-8, beta2=0.95, div=5)
    augmentation = Augmentation(zoom=(0.8, 1.5), flip=True, photometric=0.3)
    rho = 3e-4

    def task(self, outputs: int) -> Segmentation:
        return Segmentation(outputs)

    def architecture(self, outputs: int) -> SupernetConfig:
        return miniature(outputs, stages=STAGES, last_channels=24, **LEARNED)

    def image_size(self, picture: tuple[int, int]) -> tuple[int, int]:
        return of_area(picture, AREA)

    def constant(self, train: LabelledImages, scored: LabelledImages, size: tuple[int, int]) -> tuple[float, str]:
        counts = torch.bincount(train.labels.flatten(), minlength=256)
        counts[IGNORE_LABEL] = 0
        most = int(counts.argmax())
        labels = scored.labels[scored.labels != IGNORE_LABEL]
        there = torch.bincount(labels, minlength=most + 1)
        share = float(there[most]) / max(1, len(labels))
        # of the classes that occur or are answered, this one alone has an intersection
        classes = len(set(there.nonzero().flatten().tolist()) | {most})
        return 100 * share / classes, f"always {train.class_names[most]!r}"

    def answer(self, output: Tensor, names: Sequence[str]) -> list[dict[str, Any]]:
        """The share of the pixels that each class has."""
        counts = torch.bincount(output.flatten(), minlength=len(names)).tolist()
        shares = [round(count / output.numel(), 4) for count in counts]
        return [{"class": name, "share": share} for name, share in zip(names, shares, strict=True)]

    def overlay(self, picture: Image.Image, output: Tensor, names: Sequence[str]) -> Image.Image:
        palette, drawn = np.array(colours(len(names)), np.uint8), picture.copy()
        for rows in bands(picture.height, 3 * picture.width):
            box = (0, rows.start, picture.width, rows.stop)
            drawn.paste(Image.blend(picture.crop(box), Image.fromarray(palette[output[rows].numpy()]), 0.5), box)
        return drawn


KIND = _Segmentation()
