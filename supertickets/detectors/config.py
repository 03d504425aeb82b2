"""Frozen descriptions of the detectors of the object-recognition paper, and of the classifiers they begin with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from torch import nn

from supertickets.architecture import ArchitectureError, PrunableSet, Shape
from supertickets.descriptions import Count, Positive, check_fields
from supertickets.detectors import weights
from supertickets.json_values import from_json
from supertickets.layouts import Layout, layout_of
from supertickets.memory import outlined

Body = Literal["resnet18", "resnet50"]
"""Basic blocks 2, 2, 2, 2 or bottlenecks 3, 4, 6, 3."""


class DetectorError(ArchitectureError):
    """A detector or classifier that cannot be built or does not fit; the message names the field and the remedy."""


class _Unsearched(ABC):
    """What an architecture says of nets in which nothing is searched: all of them have one shape."""

    @abstractmethod
    def build(self, seed: int) -> nn.Module: ...

    def shape(self, net: nn.Module) -> Shape:
        return {}

    def shaped(self, shape: Shape, seed: int = 0) -> nn.Module:
        if shape:
            raise DetectorError(f"shape names {min(shape)!r}, but nothing of this net is searched")
        return self.build(seed)

    def layout(self, shape: Shape) -> Layout:
        with outlined():
            return layout_of(self.shaped(shape))


@dataclass(frozen=True)
class ResNet(_Unsearched):
    """A ResNet that classifies, in the role of the net that was trained on ImageNet.

    Attributes:
        outputs: classes.
        body: depth and kind of its blocks.
        width: channels after the stem; 64 in the paper.

    Raises:
        DetectorError: a field out of range.
    """

    kind: ClassVar[str] = "resnet"
    head: ClassVar[str] = "fc."
    classifier: ClassVar[str] = "fc."

    outputs: Count
    body: Body = "resnet18"
    width: Count = 64

    def __post_init__(self) -> None:
        check_fields(self, DetectorError)

    def build(self, seed: int) -> nn.Module:
        from supertickets.detectors.resnet import classifier

        return classifier(self, seed)

    def prunable(self, net: nn.Module, which: PrunableSet) -> dict[str, nn.Parameter]:
        return weights.prunable(net, which, weights.CLASSIFIER_SETS)

    def with_outputs_of(self, target: Self) -> Self:
        return self.with_head_of(target)

    def with_head_of(self, target: Self) -> Self:
        _agree(self, target, "body", "width")
        return target

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        return _from_values(cls, values, "the classifier")


@dataclass(frozen=True)
class RCNN(_Unsearched):
    """A detector in two stages: proposals, then a class and a box for each, and a mask or joints if it has such a head.

    Its weights are those of the paper's two code bases, to the last one: a background has no boxes and masks with
    `fpn`, and boxes with `c4`.

    Attributes:
        outputs: classes of objects without the background; joints of a detector of people, which has one class.
        predicts: what the second stage gives of an object: its `box` (Faster R-CNN), a `mask` too (Mask R-CNN), or
            `joints` (Keypoint R-CNN).
        body, width: of the ResNet, as in `ResNet`.
        features: `fpn`, a pyramid of five levels from stride 4 to 64; `c4`, the map of the third stage at stride 16,
            with the fourth stage as head of the boxes, which predicts boxes alone.
        pyramid_width: channels of the pyramid; `c4` has a hidden layer of 512 channels before its proposals.
        box_width: of the two linear layers of the head of the boxes; of no meaning for `c4`.
        mask_width, joint_width: channels of the four and eight convolutions of those heads.
        anchor_size: side in pixels of the smallest anchors; each further level has twice that. `c4` has four sizes.
        canonical_size: side in pixels of an object that is looked for on the pyramid's level of stride 16: 224, the
            size of ImageNet's pictures, is wrong for small pictures.
        proposals_before_nms, training_proposals, proposals: how many each level gives, how many are left of a picture
            in training, and in use.
        proposal_samples, samples: anchors and proposals of a picture that the two losses are computed on.
        detections: at most so many of a picture are given.

    Raises:
        DetectorError: a field out of range, or `c4` with another head than that of boxes.
    """

    kind: ClassVar[str] = "rcnn"
    head: ClassVar[str] = "roi_heads."
    classifier: ClassVar[str] = "roi_heads.box_predictor."

    outputs: Count
    predicts: Literal["box", "mask", "joints"] = "box"
    body: Body = "resnet18"
    width: Count = 64
    features: Literal["fpn", "c4"] = "fpn"
    pyramid_width: Count = 256
    box_width: Count = 1024
    mask_width: Count = 256
    joint_width: Count = 512
    anchor_size: Count = 32
    canonical_size: Positive = 224.0
    proposals_before_nms: Count = 1000
    training_proposals: Count = 2000
    proposals: Count = 1000
    proposal_samples: Count = 256
    samples: Count = 512
    detections: Count = 100

    def __post_init__(self) -> None:
        check_fields(self, DetectorError)
        if self.features == "c4" and self.predicts != "box":
            raise DetectorError(f"features 'c4' have no head that predicts {self.predicts!r}: give 'fpn'")

    @property
    def classes(self) -> int:
        """Classes of objects, without the background."""
        return 1 if self.predicts == "joints" else self.outputs

    @property
    def anchor_sizes(self) -> tuple[tuple[int, ...], ...]:
        """Sides in pixels of the anchors, by level."""
        sizes = [self.anchor_size * 2**level for level in range(5)]
        return tuple((size,) for size in sizes) if self.features == "fpn" else (tuple(sizes[:4]),)

    def build(self, seed: int) -> nn.Module:
        from supertickets.detectors.net import build

        return build(self, seed)

    def prunable(self, net: nn.Module, which: PrunableSet) -> dict[str, nn.Parameter]:
        return weights.prunable(net, which, weights.DETECTOR_SETS)

    def with_outputs_of(self, target: Self) -> Self:
        raise DetectorError("detectors exchange more than a classifier: use supertickets.detector_tickets")

    def with_head_of(self, target: Self) -> Self:
        raise DetectorError("the heads of detectors have parts in common: use supertickets.detector_tickets")

    def check_body(self, other: ResNet | RCNN) -> None:
        """Refuse another net than one with the same ResNet.

        Raises:
            DetectorError: naming the field.
        """
        _agree(other, self, "body", "width")

    def check_shared(self, other: RCNN) -> None:
        """Refuse another detector than one that is the same up to the heads of tasks.

        Raises:
            DetectorError: naming the field.
        """
        _agree(other, self, "body", "width", "features", "pyramid_width", "box_width")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        return _from_values(cls, values, "the detector")


def _agree(source: object, target: object, *names: str) -> None:
    for name in names:
        ours, theirs = getattr(source, name), getattr(target, name)
        if ours != theirs:
            raise DetectorError(f"cannot transfer: {name} is {ours!r} in the source, {theirs!r} in the target")


def _from_values(kind: type[Any], values: Mapping[str, Any], what: str) -> Any:
    try:
        return from_json(kind, values, what)
    except DetectorError:
        raise
    except ValueError as error:
        raise DetectorError(str(error)) from error
