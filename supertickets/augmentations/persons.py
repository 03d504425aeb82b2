"""A person in a picture: a crop around the whole or half of the body, scaled, turned, mirrored, with its joints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from supertickets.augmentations.colours import jittered
from supertickets.tasks.base import Augmentation
from supertickets.tasks.pose import HALF_EXTENT, MOST_TURN, TURNED, UPPER_HALF, WHOLE_BODY, chosen_half

MARGIN = 2
"""Pixels around a crop's circle, for the filters."""


@dataclass(frozen=True)
class Person:
    """A person as it is annotated.

    Attributes:
        centre: x and y of the crop's centre, measured from the picture's edge.
        scale: pixels of the picture per pixel of the crop.
        joints: float32 `(J, 2)`, x and y; pixel centres lie at integers.
        visibility: uint8 `(J,)`, 0 where a joint is not labelled.
    """

    centre: tuple[float, float]
    scale: float
    joints: Tensor
    visibility: Tensor


def varied(
    picture: Tensor,
    person: Person,
    size: tuple[int, int],
    augmentation: Augmentation,
    upper_joints: Sequence[int],
    mirrored_joints: Sequence[int],
) -> tuple[Tensor, Tensor, Tensor]:
    """A crop of `size`, uint8 `(3, H, W)`, its joints `(J, 2)` in crop pixels and their visibility `(J,)`.

    As in the public code: half a body in `augmentation.half_body` of the crops that show more than eight joints, the
    scale and the angle of normal draws that are cut, and no turn in two fifths of them.

    Args:
        picture: uint8 `(3, h, w)`.
        upper_joints: indices of the joints above the hips.
        mirrored_joints: index of the joint that is seen in the place of each one in a mirror.
    """
    halved, upper_first = (float(torch.rand(())) for _ in range(2))
    scale_draw, angle_draw = (float(torch.randn(())) for _ in range(2))
    turned, mirrored = (float(torch.rand(())) for _ in range(2))
    labelled = person.visibility > 0
    centre, scale = person.centre, person.scale
    if halved < augmentation.half_body and int(labelled.sum()) > WHOLE_BODY:
        half = chosen_half(person.joints, labelled, upper_joints, upper_first < UPPER_HALF)
        extent = (half.amax(0) - half.amin(0)) / torch.tensor([size[1], size[0]])
        middle = half.mean(0) + 0.5
        centre, scale = (float(middle[0]), float(middle[1])), max(HALF_EXTENT * float(extent.max()), 0.1 * scale)
    scale *= 1 + augmentation.scale * max(-1.0, min(scale_draw, 1.0))
    angle = augmentation.rotation * max(-MOST_TURN, min(angle_draw, MOST_TURN)) * (turned < TURNED)
    image, joints = crop(picture, person.joints, centre, scale, angle, size)
    visibility = person.visibility
    if augmentation.flip and mirrored < 0.5:
        image, joints = flipped(image, joints)
        joints, visibility = joints[list(mirrored_joints)], visibility[list(mirrored_joints)]
    return jittered(image, augmentation.photometric), joints, visibility


def crop(
    picture: Tensor, joints: Tensor, centre: tuple[float, float], scale: float, angle: float, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """The crop around `centre`, uint8 `(3, H, W)`, and where joints `(J, 2)` lie in it; black outside of the picture.

    Args:
        centre: x and y, measured from the picture's edge.
        scale: pixels of the picture per pixel of the crop.
        angle: degrees by which the person is turned clockwise.
    """
    from torchvision import tv_tensors
    from torchvision.transforms.v2 import functional

    height, width = size
    # whatever the angle, the crop lies in the circle around its corners; sides are even as its own are
    side = 2 * (math.ceil(math.hypot(height, width) / 2) + MARGIN)
    seen = side if scale <= 1 else 2 * math.ceil(side * scale / 2)
    left, top = (math.floor(place) - seen // 2 for place in centre)
    # torchvision measures points as it measures pictures, from the edge, when it crops, resizes and turns them
    points = tv_tensors.KeyPoints(joints + 0.5, canvas_size=picture.shape[1:])
    both = tv_tensors.Image(picture), points
    both = tuple(functional.crop(one, top, left, seen, seen) for one in both)
    both = tuple(functional.resize(one, [side, side], antialias=True) for one in both)
    shrunk = side / seen
    middle = [(centre[0] - left) * shrunk, (centre[1] - top) * shrunk]
    image, points = (
        functional.affine(
            one,
            angle=angle,
            translate=[side / 2 - middle[0], side / 2 - middle[1]],
            scale=1 / (scale * shrunk),
            shear=[0.0, 0.0],
            interpolation=functional.InterpolationMode.BILINEAR,
            center=middle,
        )
        for one in both
    )
    image, points = (functional.center_crop(one, list(size)) for one in (image, points))
    return image.as_subclass(Tensor), points.as_subclass(Tensor) - 0.5


def flipped(image: Tensor, joints: Tensor) -> tuple[Tensor, Tensor]:
    """A crop and joints in it, seen in a mirror; the joints keep their places in the list."""
    from torchvision import tv_tensors
    from torchvision.transforms.v2 import functional

    # when it mirrors points, torchvision takes them for indices of pixels
    points = tv_tensors.KeyPoints(joints, canvas_size=image.shape[1:])
    return functional.horizontal_flip(image), functional.horizontal_flip(points).as_subclass(Tensor)
