"""What a detector finds in a picture, whatever kind of detector it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from supertickets.tasks.annotated import Annotated


@dataclass(frozen=True)
class Detected:
    """D objects found in one picture, in any order; coordinates are those of `AnnotatedImages`.

    Attributes:
        boxes: float32 `(D, 4)`, left, top, right, bottom.
        labels: int64 `(D,)`, class from 1.
        scores: float32 `(D,)`, confidence; the higher the surer.
        masks: one per object, as `supertickets.tasks.run_lengths.compressed` gives them; None from a net without masks.
        joints: float32 `(D, J, 3)`, x, y and confidence; None from a net without joints.

    Raises:
        ValueError: another shape, a number that is not finite, or a box whose sides are exchanged.
    """

    boxes: Tensor
    labels: Tensor
    scores: Tensor
    masks: Sequence[dict[str, Any]] | None = None
    joints: Tensor | None = None

    def __post_init__(self) -> None:
        many = len(self.scores)
        lengths = {name: len(value) for name, value in vars(self).items() if value is not None}
        if set(lengths.values()) != {many} or self.boxes.shape != (many, 4):
            raise ValueError(f"boxes are {tuple(self.boxes.shape)}, entries per field {lengths}: give one per object")
        if self.joints is not None and (self.joints.dim() != 3 or self.joints.shape[2] != 3):
            raise ValueError(f"joints are {tuple(self.joints.shape)}, not (D, J, 3)")
        for name in ("boxes", "scores", "joints"):
            value = getattr(self, name)
            if value is not None and not bool(torch.isfinite(value).all()):
                raise ValueError(f"{name} are not finite, so the net cannot be scored: lower the learning rate it had")
        if bool((self.boxes[:, 2:] < self.boxes[:, :2]).any()):
            raise ValueError("a box ends before it begins: give left, top, right, bottom")

    def __len__(self) -> int:
        return len(self.scores)


def matched_pictures(truth: Annotated, found: Iterable[Detected]) -> list[Detected]:
    """What was found, one entry per picture of a split.

    Raises:
        ValueError: another number of pictures, or a class that the split does not have.
    """
    listed = list(found)
    if len(listed) != len(truth):
        raise ValueError(f"detections of {len(listed)} pictures for a split of {len(truth)}: give one entry for each")
    classes = len(truth.class_names)
    for number, one in enumerate(listed):
        strange = one.labels[(one.labels < 1) | (one.labels > classes)]
        if len(strange):
            raise ValueError(
                f"image {int(truth.image_ids[number])}: class {int(strange[0])} detected, the data have 1 .. {classes}"
            )
    return listed
