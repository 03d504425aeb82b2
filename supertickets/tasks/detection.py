"""Objects in pictures: boxes, masks and joints by two-stage detectors, COCO's average precision through pycocotools.

The losses are those of the net itself (`supertickets.detectors.net`), which needs the objects for its own sampling; a
task gives it pictures with objects and adds up what comes back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from supertickets.descriptions import Count, check_fields
from supertickets.detectors.pictures import Objects, Pictures
from supertickets.samples import Samples, parts
from supertickets.seeding import Draws, generator, seeded
from supertickets.tasks.annotated import Annotated, AnnotatedImages, Truth
from supertickets.tasks.base import Augmentation, Forward, OfClasses, check_names, jitter_colours, normalise
from supertickets.tasks.coco_ap import coco_metrics
from supertickets.tasks.detected import Detected
from supertickets.tasks.run_lengths import compressed
from supertickets.tasks.voc_ap import voc_metrics

ON_AN_OBJECT = 0.5
"""Probability from which a pixel belongs to a mask."""


class DetectionTask(ABC):
    """What the three tasks share."""

    loss_name: ClassVar[str]
    """Of the part of the loss that a net without this task's head lacks."""
    augmentations: ClassVar[frozenset[str]] = frozenset({"flip", "photometric"})

    @abstractmethod
    def sought(self, split: AnnotatedImages) -> AnnotatedImages:
        """A split with the objects that this task is about."""

    @abstractmethod
    def check(self, samples: Samples) -> None:
        """Refuse a split that does not fit."""

    def batch(
        self,
        part: AnnotatedImages,
        size: tuple[int, int],
        augmentation: Augmentation,
        draws: Draws,
        device: torch.device,
    ) -> tuple[Pictures, None]:
        """Mirrored pictures with their objects; crowd regions and difficult objects are left out.

        Raises:
            ValueError: pictures larger than `size`.
        """
        part = self.sought(part)
        mirrored = (draws.chance(0.5) & augmentation.flip).tolist()
        objects = [_objects_of(part, i, mirrored[i], device) for i in range(len(part))]
        return _pictures(part, size, mirrored, device, augmentation.photometric, draws)._replace(objects=objects), None

    def loss(self, outputs: Mapping[str, Tensor], targets: None = None) -> Tensor:
        """The sum of the net's losses.

        Raises:
            ValueError: from a net without this task's head, or in eval mode.
        """
        if not isinstance(outputs, Mapping):
            raise ValueError("the net gives no losses: detectors have them in train mode only")
        if self.loss_name not in outputs:
            raise ValueError(f"the net has no {self.loss_name}, only {', '.join(outputs)}: give it the task's head")
        return torch.stack(list(outputs.values())).sum()

    def counted(self, inputs: Pictures, targets: None = None) -> int:
        """Pictures; torchvision draws about as many proposals from each."""
        return len(inputs.images)

    @torch.no_grad()
    def compared(
        self, forward: Forward, samples: Samples, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> tuple[Truth, list[Detected]]:
        """What is sought in the pictures of a split, and what a net in eval mode finds in each, in order.

        Pictures and masks are in memory for one batch at a time.

        Raises:
            ValueError: a net whose weights are not finite: nothing that it finds would be, so it would find nothing.
        """
        if isinstance(forward, nn.Module) and not all(bool(p.isfinite().all()) for p in forward.parameters()):
            raise ValueError("the net's weights are not finite, so it cannot be scored: lower the learning rate it had")
        draws = Draws(generator(0), batch_size)
        truths, found = [], []
        for part in parts(samples, batch_size):
            truths.append(Truth.of(self.sought(part)))
            shown = _pictures(part, size, [False] * len(part), device, 0.0, draws)
            found += [_detected(objects) for objects in forward(shown)]
        return Truth.joined(truths), found

    @torch.no_grad()
    def evaluate(
        self, forward: Forward, samples: Samples, size: tuple[int, int], batch_size: int, device: torch.device
    ) -> dict[str, float]:
        """Every metric in percent over the whole split; one that no object decides is missing.

        Raises:
            ValueError: a split or a net that does not fit, or weights that are not finite.
        """
        self.check(samples)
        return self.scores(*self.compared(forward, samples, size, batch_size, device))

    @abstractmethod
    def scores(self, truth: Annotated, found: list[Detected]) -> dict[str, float]:
        """Every metric in percent of what was found."""


@dataclass(frozen=True)
class Detection(OfClasses, DetectionTask):
    """Boxes of `classes` classes; `voc_ap` is PASCAL VOC's of 2007.

    Raises:
        DescriptionError: a field out of range.
    """

    name: ClassVar[str] = "detection"
    metrics: ClassVar[tuple[str, ...]] = ("box_ap", "box_ap50", "voc_ap")
    loss_name: ClassVar[str] = "loss_box_reg"

    def sought(self, split: AnnotatedImages) -> AnnotatedImages:
        return replace(split, masks=None, joints=None, joint_names=(), flip_pairs=(), sigmas=())

    def scores(self, truth: Annotated, found: list[Detected]) -> dict[str, float]:
        return coco_metrics(truth, found, "box") | voc_metrics(truth, found)


@dataclass(frozen=True)
class InstanceSegmentation(Detection):
    """Boxes and masks of `classes` classes.

    Raises:
        DescriptionError: a field out of range.
    """

    name: ClassVar[str] = "instance segmentation"
    metrics: ClassVar[tuple[str, ...]] = ("box_ap", "box_ap50", "mask_ap", "mask_ap50")
    loss_name: ClassVar[str] = "loss_mask"

    def sought(self, split: AnnotatedImages) -> AnnotatedImages:
        return replace(split, joints=None, joint_names=(), flip_pairs=(), sigmas=())

    def check(self, samples: Samples) -> None:
        super().check(samples)
        if not getattr(samples, "with_masks", True):
            raise ValueError("the data have no masks: give the task Detection")

    def scores(self, truth: Annotated, found: list[Detected]) -> dict[str, float]:
        return coco_metrics(truth, found, "box") | coco_metrics(truth, found, "mask")


@dataclass(frozen=True)
class KeypointDetection(DetectionTask):
    """Boxes and joints of people; objects of other classes are background.

    Attributes:
        joints: how many a person has.
        person: the class of people in the data.

    Raises:
        DescriptionError: a field out of range.
    """

    name: ClassVar[str] = "keypoint detection"
    metrics: ClassVar[tuple[str, ...]] = ("keypoints_ap", "keypoints_ap50", "box_ap", "box_ap50")
    loss_name: ClassVar[str] = "loss_keypoint"

    joints: Count
    person: Count = 1

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def outputs(self) -> int:
        return self.joints

    def sought(self, split: AnnotatedImages) -> AnnotatedImages:
        people = split.labels == self.person
        picture = torch.arange(len(split)).repeat_interleave(split.counts)
        return replace(
            split,
            counts=torch.bincount(picture[people], minlength=len(split)),
            **{name: getattr(split, name)[people] for name in ("boxes", "areas", "ignored")},
            labels=torch.ones_like(split.labels[people]),
            class_names=(split.class_names[self.person - 1],),
            masks=None,
            joints=None if split.joints is None else split.joints[people],
        )

    def check(self, samples: Samples) -> None:
        joints = getattr(samples, "joint_names", None)
        if joints is not None and not joints:
            raise ValueError("the data have no joints: give the task Detection")
        check_names(joints or (), self.joints, "joints")
        classes = len(getattr(samples, "class_names", ()))
        if classes and self.person > classes:
            raise ValueError(f"person is class {self.person}, the data have 1 .. {classes}")

    def scores(self, truth: Annotated, found: list[Detected]) -> dict[str, float]:
        return coco_metrics(truth, found, "keypoints") | coco_metrics(truth, found, "box")


def validation_loss(
    net: nn.Module,
    task: DetectionTask,
    samples: Samples,
    size: tuple[int, int],
    batch_size: int,
    device: torch.device,
) -> float:
    """Mean loss of a detector over a split, with the same anchors and proposals sampled however often it is asked.

    Detectors have losses in train mode only. Their BatchNorm is frozen, so that nothing of the net changes.
    """
    total, training = 0.0, net.training
    net.train()
    try:
        with torch.no_grad():
            for number, part in enumerate(parts(samples, batch_size)):
                draws = Draws(generator(0, "validation", number), len(part))
                inputs, targets = task.batch(part, size, Augmentation(), draws, device)
                with seeded(0, "validation", number):
                    total += len(part) * float(task.loss(net(inputs), targets))
    finally:
        net.train(training)
    return total / len(samples)


def _pictures(
    part: AnnotatedImages,
    size: tuple[int, int],
    mirrored: list[bool],
    device: torch.device,
    strength: float,
    draws: Draws,
) -> Pictures:
    """Pictures, some mirrored, in the corner of images of `size`, which are 0 beyond them.

    Raises:
        ValueError: images larger than `size`.
    """
    height, width = part.images.shape[2:]
    if height > size[0] or width > size[1]:
        raise ValueError(f"pictures are {height} x {width}, the recipe's image_size is {size}: load them at that size")
    images = normalise(jitter_colours(part.images.to(device).float(), strength, draws))
    batch = images.new_zeros(len(part), 3, *size).contiguous(memory_format=torch.channels_last)
    sizes = [(int(rows), int(columns)) for rows, columns in part.sizes.tolist()]
    for i, (rows, columns) in enumerate(sizes):
        shown = images[i, :, :rows, :columns]
        batch[i, :, :rows, :columns] = shown.flip(2) if mirrored[i] else shown
    return Pictures(batch, sizes)


def _objects_of(part: AnnotatedImages, picture: int, mirrored: bool, device: torch.device) -> Objects:
    rows = part.rows(picture)
    kept = ~part.ignored[rows]
    width = int(part.sizes[picture, 1])
    mirror: Callable[[Tensor], Tensor] = (lambda x: width - x) if mirrored else (lambda x: x)
    boxes = part.boxes[rows][kept]
    left, top, right, bottom = boxes.unbind(1)
    ends = torch.stack([mirror(left), mirror(right)]).sort(dim=0).values
    objects = {"boxes": torch.stack([ends[0], top, ends[1], bottom], 1), "labels": part.labels[rows][kept]}
    if part.masks is not None:
        masks = part.masks[rows][kept]
        if mirrored:
            masks = torch.cat([masks[:, :, :width].flip(2), masks[:, :, width:]], 2)
        objects["masks"] = masks
    if part.joints is not None:
        joints = part.joints[rows][kept]
        if mirrored:
            joints = joints[:, part.mirrored_joints]
        objects["keypoints"] = torch.stack([mirror(joints[..., 0]), joints[..., 1], joints[..., 2]], 2)
    return {name: value.to(device) for name, value in objects.items()}


def _detected(objects: Objects) -> Detected:
    boxes, labels, scores = (objects[name].cpu() for name in ("boxes", "labels", "scores"))
    masks: Any = None
    if "masks" in objects:
        masks = compressed(objects["masks"][:, 0] >= ON_AN_OBJECT)
    joints = None
    if "keypoints" in objects:
        places = objects["keypoints"].cpu()
        joints = torch.cat([places[..., :2], objects["keypoints_scores"].cpu().unsqueeze(2)], 2)
    return Detected(boxes, labels, scores, masks, joints)
