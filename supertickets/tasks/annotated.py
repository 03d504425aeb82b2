"""Pictures with any number of objects each: boxes, classes, and where a data set has them masks and joints."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from supertickets.tasks.data import mirrored_joints
from supertickets.tasks.run_lengths import compressed


@dataclass(frozen=True, kw_only=True)
class Annotated(ABC):
    """Objects of N pictures, M in all, those of a picture side by side.

    All coordinates are pixels of an image, measured from the outer edge of the first pixel: pixel i covers i .. i + 1.
    This holds for joints too. A picture lies in the upper left corner of its image and is black beyond its size.

    Attributes:
        sizes: int64 `(N, 2)`, height and width of the picture within its image, 1 .. H and 1 .. W.
        image_ids: int64 `(N,)`, all different; any numbers.
        counts: int64 `(N,)`, objects of each picture; 0 for a picture without any.
        boxes: float32 `(M, 4)`, left, top, right, bottom; of positive area and within their picture.
        labels: int64 `(M,)`, class from 1; 0 is background.
        areas: float32 `(M,)`, positive: of an object's outline in square pixels, or of its box where it has none.
        ignored: bool `(M,)`: crowd regions of COCO, difficult objects of VOC. Nothing is trained on them, nobody has to
            find them, and whoever does is not wrong.
        class_names: one name per class, that of class 1 first.
        joints: float32 `(M, J, 3)`, x, y and 0 not labelled, 1 hidden or 2 visible; None for a set without joints. An
            object without labelled joints has zeros.
        joint_names: J names.
        flip_pairs: pairs of joint indices that swap when the image is mirrored.
        sigmas: J per-joint OKS constants of this data set.
    """

    sizes: Tensor
    image_ids: Tensor
    counts: Tensor
    boxes: Tensor
    labels: Tensor
    areas: Tensor
    ignored: Tensor
    class_names: tuple[str, ...]
    joints: Tensor | None = None
    joint_names: tuple[str, ...] = ()
    flip_pairs: tuple[tuple[int, int], ...] = ()
    sigmas: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def mirrored_joints(self) -> list[int]:
        """Index of the joint that is seen in the place of each one when the image is mirrored."""
        return mirrored_joints(self.flip_pairs, len(self.joint_names))

    def rows(self, picture: int) -> slice:
        """Where the objects of picture number `picture` stand among all."""
        end = int(self.counts[: picture + 1].sum())
        return slice(end - int(self.counts[picture]), end)

    @property
    @abstractmethod
    def run_lengths(self) -> list[dict[str, Any]] | None:
        """The mask of each object within its picture, as COCO's run lengths; None for a set of boxes alone."""


@dataclass(frozen=True, kw_only=True)
class AnnotatedImages(Annotated):
    """One split of a detection data set, decoded, or a part of one.

    Attributes:
        images: uint8 `(N, 3, H, W)`, RGB.
        masks: uint8 `(M, H, W)`, 1 on the object and 0 elsewhere; None for a set of boxes alone.

    Raises:
        ValueError: another shape, type or range; the message names the field, and the id of the image where there is
            one.
    """

    images: Tensor
    masks: Tensor | None = None

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_pictures(self)
        _check_objects(self)

    @property
    def with_masks(self) -> bool:
        """Whether every object has a mask."""
        return self.masks is not None

    @property
    def run_lengths(self) -> list[dict[str, Any]] | None:
        if self.masks is None:
            return None
        found = []
        for picture, (height, width) in enumerate(self.sizes.tolist()):
            found += compressed(self.masks[self.rows(picture), :height, :width])
        return found

    def take(self, index: Tensor) -> AnnotatedImages:
        """Pictures `index`, in that order, with their objects."""
        counts = self.counts[index]
        starts = (self.counts.cumsum(0) - self.counts)[index]
        within = torch.arange(int(counts.sum())) - (counts.cumsum(0) - counts).repeat_interleave(counts)
        rows = starts.repeat_interleave(counts) + within
        return replace(
            self,
            **{name: getattr(self, name)[index] for name in ("images", "sizes", "image_ids", "counts")},
            **{name: getattr(self, name)[rows] for name in ("boxes", "labels", "areas", "ignored")},
            masks=None if self.masks is None else self.masks[rows],
            joints=None if self.joints is None else self.joints[rows],
        )


@dataclass(frozen=True, kw_only=True)
class Truth(Annotated):
    """What detections are compared with: a split without its images, which need not be in memory together.

    Attributes:
        run_lengths: as in `Annotated`.
    """

    run_lengths: list[dict[str, Any]] | None = None

    @classmethod
    def of(cls, part: AnnotatedImages) -> Truth:
        """Of a split, or a part of one."""
        return cls(**{item.name: getattr(part, item.name) for item in fields(cls)})

    @classmethod
    def joined(cls, truths: Sequence[Truth]) -> Truth:
        """Of a split that came in parts, one at least, in order."""
        joined: dict[str, Any] = {
            item.name: torch.cat([getattr(one, item.name) for one in truths])
            for item in fields(cls)
            if isinstance(getattr(truths[0], item.name), Tensor)
        }
        if truths[0].run_lengths is not None:
            joined["run_lengths"] = [mask for one in truths for mask in one.run_lengths or ()]
        return replace(truths[0], **joined)


def _check_shapes(split: AnnotatedImages) -> None:
    if split.images.dim() != 4:
        raise ValueError(f"images have shape {tuple(split.images.shape)}, not (N, 3, H, W)")
    pictures, _, height, width = split.images.shape
    objects, joints = len(split.boxes), len(split.joint_names)
    expected: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {
        "images": (torch.uint8, (pictures, 3, height, width)),
        "sizes": (torch.int64, (pictures, 2)),
        "image_ids": (torch.int64, (pictures,)),
        "counts": (torch.int64, (pictures,)),
        "boxes": (torch.float32, (objects, 4)),
        "labels": (torch.int64, (objects,)),
        "areas": (torch.float32, (objects,)),
        "ignored": (torch.bool, (objects,)),
        "masks": (torch.uint8, (objects, height, width)),
        "joints": (torch.float32, (objects, joints, 3)),
    }
    for name, (dtype, shape) in expected.items():
        given = getattr(split, name)
        if given is not None and (given.dtype, tuple(given.shape)) != (dtype, shape):
            raise ValueError(f"{name} are {given.dtype} {tuple(given.shape)}, not {dtype} {shape}")
    if (split.joints is None) != (joints == 0) or len(split.sigmas) != joints:
        raise ValueError(
            f"{joints} joint_names and {len(split.sigmas)} sigmas: give one of each per joint, or no joints"
        )


def _check_pictures(split: AnnotatedImages) -> None:
    if len(split.image_ids.unique()) != len(split.image_ids):
        raise ValueError("two pictures share an id in image_ids: number each one")
    limits = torch.tensor(split.images.shape[2:])
    if len(wrong := ((split.sizes < 1) | (split.sizes > limits)).any(1).nonzero()):
        first = int(wrong[0])
        raise ValueError(
            f"image {int(split.image_ids[first])}: size {tuple(split.sizes[first].tolist())} is not within "
            f"1 .. {tuple(limits.tolist())} (height, width)"
        )
    if bool((split.counts < 0).any()) or int(split.counts.sum()) != len(split.boxes):
        raise ValueError(f"counts add up to {int(split.counts.sum())} objects, there are {len(split.boxes)}")


def _check_objects(split: AnnotatedImages) -> None:
    """Ranges of everything that an object has; NaN is in none."""
    height, width = split.sizes.repeat_interleave(split.counts, 0).unbind(1)
    left, top, right, bottom = split.boxes.unbind(1)
    inside = (left >= 0) & (top >= 0) & (right <= width) & (bottom <= height)
    tests = {
        "boxes": ((right > left) & (bottom > top) & inside, "a box (left, top, right, bottom) within its picture"),
        "labels": ((split.labels >= 1) & (split.labels <= len(split.class_names)), f"1 .. {len(split.class_names)}"),
        "areas": ((split.areas > 0) & torch.isfinite(split.areas), "a finite number above 0"),
    }
    if split.masks is not None:
        tests["masks"] = (split.masks.amax((1, 2)) <= 1 if len(split.masks) else split.ignored, "0 and 1")
    if split.joints is not None:
        flags = split.joints[..., 2]
        sound = torch.isfinite(split.joints).all(2) & ((flags == 0) | (flags == 1) | (flags == 2))
        tests["joints"] = (sound.all(1), "finite places and flags 0, 1, 2")
    for name, (sound, expected) in tests.items():
        if len(wrong := (~sound).nonzero()):
            row = int(wrong[0])
            picture = int(torch.searchsorted(split.counts.cumsum(0), row, right=True))
            value = "" if name in ("masks", "joints") else f" {getattr(split, name)[row].tolist()}"
            raise ValueError(
                f"image {int(split.image_ids[picture])}: object {row} of all has {name}{value}, not {expected}"
            )
