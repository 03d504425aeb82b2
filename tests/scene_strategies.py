"""Hypothesis strategies for pictures with objects, and splits of one made-up picture to change."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st

from supertickets.tasks.annotated import AnnotatedImages

JOINTS = ("nose", "left_hand", "right_hand")
SIGMAS = (0.05, 0.1, 0.1)


@st.composite
def annotated_images(draw: st.DrawFn, classes: int = 3, most: int = 4, side: int = 16) -> AnnotatedImages:
    """Up to four pictures, some without objects, of whole-pixel boxes: equal ones and equal overlaps occur."""
    counts = torch.tensor(draw(st.lists(st.integers(0, most), min_size=1, max_size=4)))
    objects = int(counts.sum())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return scenes(counts, random, classes, side, random.random(objects) < draw(st.sampled_from((0, 0.3))))


def scenes(
    counts: torch.Tensor, random: np.random.Generator, classes: int, side: int, ignored: np.ndarray | None = None
) -> AnnotatedImages:
    """Random boxes of whole pixels, their full areas as masks, and joints anywhere in them."""
    objects = int(counts.sum())
    corners = np.sort(random.permuted(np.tile(np.arange(side + 1), (2 * objects, 1)), axis=1)[:, :2], axis=1)
    boxes = corners.reshape(objects, 2, 2).transpose(0, 2, 1).reshape(objects, 4).astype(np.float32)
    masks = np.zeros((objects, side, side), np.uint8)
    for mask, (left, top, right, bottom) in zip(masks, boxes.astype(int), strict=True):
        mask[top:bottom, left:right] = 1
    size = boxes[:, None, 2:] - boxes[:, None, :2]
    joints = np.zeros((objects, len(JOINTS), 3), np.float32)
    joints[..., :2] = boxes[:, None, :2] + random.random((objects, len(JOINTS), 2), np.float32) * size
    joints[..., 2] = random.integers(0, 3, joints.shape[:2])
    return AnnotatedImages(
        images=torch.from_numpy(random.integers(0, 256, (len(counts), 3, side, side), dtype=np.uint8)),
        sizes=torch.full((len(counts), 2), side), image_ids=torch.arange(len(counts)), counts=counts,
        boxes=torch.from_numpy(boxes), labels=torch.from_numpy(random.integers(1, classes + 1, objects)),
        areas=torch.from_numpy(size.prod(2)[:, 0]),
        ignored=torch.from_numpy(np.zeros(objects, bool) if ignored is None else ignored),
        class_names=tuple("abcdefgh"[:classes]), masks=torch.from_numpy(masks), joints=torch.from_numpy(joints),
        joint_names=JOINTS, flip_pairs=((1, 2),), sigmas=SIGMAS,
    )  # fmt: skip
