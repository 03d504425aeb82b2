"""What a detector is given and what it gives: pictures of any size in one batch, and lists of objects."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

Objects = dict[str, Tensor]
"""Of one picture with n objects, in torchvision's names. Given in training and found alike: `boxes` float32 `(n, 4)`,
left, top, right, bottom in pixels; `labels` int64 `(n,)` from 1; `masks` uint8 `(n, H, W)`; `keypoints` float32
`(n, J, 3)`, x, y and whether the joint is labelled. Only found: `scores` `(n,)`, and `keypoints_scores` `(n, J)`;
`masks` are then probabilities `(n, 1, h, w)` of the picture's own size."""


class Pictures(NamedTuple):
    """A batch.

    Attributes:
        images: normalised `(B, 3, H, W)`, each picture in the upper left corner.
        sizes: height and width of each picture within its image.
        objects: of each picture; None where they are to be found.
    """

    images: Tensor
    sizes: list[tuple[int, int]]
    objects: list[Objects] | None = None
