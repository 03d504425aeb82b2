"""The plain tensors a task trains on: what a data set has to deliver, nothing about how it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from torch import Tensor

IGNORE_LABEL = 255
"""Label of pixels that count neither in the loss nor in any metric."""


def mirrored_joints(flip_pairs: Sequence[tuple[int, int]], joints: int) -> list[int]:
    """Index of the joint that is seen in the place of each of `joints` ones when a picture is mirrored."""
    swapped = {a: b for pair in flip_pairs for a, b in (pair, pair[::-1])}
    return [swapped.get(joint, joint) for joint in range(joints)]


@dataclass(frozen=True)
class _Labelled:
    """Images, each with its labels."""

    images: Tensor
    labels: Tensor
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: Tensor) -> Self:
        """Samples `index`, in that order."""
        return replace(self, images=self.images[index], labels=self.labels[index])


@dataclass(frozen=True)
class LabelledImages(_Labelled):
    """One split of a segmentation data set, decoded.

    Attributes:
        images: uint8 `(N, 3, H, W)`, RGB, 0..255.
        labels: uint8 `(N, H_label, W_label)`; class index, or 255 = ignore. May be larger than the
            images: logits are upsampled to the label size before they are scored.
        class_names: one name per class index.
    """


@dataclass(frozen=True)
class ClassifiedImages(_Labelled):
    """One split of a classification data set, decoded.

    Attributes:
        images: uint8 `(N, 3, H, W)`, RGB, 0..255.
        labels: int64 `(N,)`, class index.
        class_names: one name per class index.
    """


@dataclass(frozen=True)
class PersonCrops:
    """One split of a top-down keypoint data set: one square canvas per annotated person.

    The canvas is centred on the person's box and larger than the network input, in the input's
    own resolution: the central `(height, width)` window *is* the evaluation crop, pixel for pixel,
    and augmentation has real pixels to rotate and shift into view.

    Attributes:
        images: uint8 `(N, 3, S, S)`, RGB; black where the canvas leaves the image.
        joints: float32 `(N, J, 2)`, x and y in canvas pixels; pixel centres lie at integers.
        visibility: uint8 `(N, J)`: 0 not labelled, 1 labelled but hidden, 2 visible.
        to_image: float32 `(N, 2, 3)`, the affine map from canvas pixels to pixels of the original image.
        annotation_ids: int64 `(N,)`, ids in `ground_truth` of annotations; of images where a detector found the boxes.
        ground_truth: the split's annotations in COCO keypoint layout.
        joint_names: J names.
        flip_pairs: pairs of joint indices that swap when the image is mirrored.
        sigmas: J per-joint OKS constants of this data set.
        upper_joints: indices of the joints above the hips, for half-body augmentation.
        box_scores: float32 `(N,)`, how sure a detector is of each box; None where boxes are annotated.
    """

    images: Tensor
    joints: Tensor
    visibility: Tensor
    to_image: Tensor
    annotation_ids: Tensor
    ground_truth: dict[str, Any]
    joint_names: tuple[str, ...]
    flip_pairs: tuple[tuple[int, int], ...]
    sigmas: tuple[float, ...]
    upper_joints: tuple[int, ...]
    box_scores: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def mirrored_joints(self) -> list[int]:
        """Index of the joint that is seen in the place of each one when the image is mirrored."""
        return mirrored_joints(self.flip_pairs, self.joints.shape[1])

    def take(self, index: Tensor) -> PersonCrops:
        """Samples `index`, in that order; the annotations stay whole."""
        by_person = ("images", "joints", "visibility", "to_image", "annotation_ids")
        scores = None if self.box_scores is None else self.box_scores[index]
        return replace(self, **{name: getattr(self, name)[index] for name in by_person}, box_scores=scores)
