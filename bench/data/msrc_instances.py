"""The things in MSRC v2, sixteen classes with boxes and masks, in place of COCO's.

Its labels tell classes apart, not things: a connected part of the label map stands for a thing, so that things of one
class that touch each other are one, and one that something hides in the middle is two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as run_lengths

from bench.data.annotated import AnnotatedDataSet, AnnotatedPicture, Annotation, RunLengths
from bench.data.components import components
from bench.data.label_files import LabelFiles
from bench.data.msrc_v2 import MOUNTAIN, VOID, MsrcV2, by_subject, subject_and_number
from supertickets.data.pictures import decode_rgb
from supertickets.tasks.data import IGNORE_LABEL

STUFF = (0, 1, 2, 6, 9, 18)
"""Ids of building, grass, tree, sky, water and road, of which nobody counts the pieces."""

LEAST_PIXELS = 256
"""A smaller part is what is left of something hidden, and left out."""


THINGS = (
    "cow", "horse", "sheep", "aeroplane", "face", "car", "bicycle", "flower", "sign", "bird", "book", "chair", "cat",
    "dog", "body", "boat",
)  # fmt: skip


@dataclass(frozen=True)
class ThingLabels(LabelFiles):
    """The label maps of `msrc_v2`, things alone; horses, of which there are three, are things like others here."""

    name = MsrcV2.name
    role = MsrcV2.role
    class_names = THINGS
    native_size = MsrcV2.native_size
    decoder_version = "1"
    file_ids = (3, 4, 5, 8, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22)
    ignored_ids = (*STUFF, MOUNTAIN, VOID)

    train_count: int = MsrcV2.train_count
    test_count: int = MsrcV2.test_count

    def _members(self, stems: list[str], split: str) -> list[str]:
        return by_subject(stems, split)


@dataclass(frozen=True)
class MsrcInstances(AnnotatedDataSet):
    """The files and splits of `msrc_v2`.

    Attributes:
        source: the label maps.
    """

    name = "msrc_instances"
    role = "COCO instances"
    class_names = THINGS
    needs_root = True
    folder = MsrcV2.name
    native_size = (320, 320)
    with_masks = True

    source: ThingLabels = field(default_factory=ThingLabels)

    @property
    def picture_counts(self) -> tuple[int, int]:
        """Pictures that (train, val) must have."""
        return self.source.train_count, self.source.test_count

    def check(self, root: Path | None) -> None:
        self.source.check(root)

    def data_id(self, root: Path | None) -> str:
        return self.source.data_id(root)

    def _pictures(self, root: Path | None, split: str) -> Sequence[AnnotatedPicture]:
        return [self._annotated(image, labels) for image, labels in self.source.pairs(root, split)]

    def _annotated(self, image: Path, labels: Path) -> AnnotatedPicture:
        classes = self.source.labels(labels)
        subject, number = subject_and_number(image.stem)
        size = (classes.shape[0], classes.shape[1])
        return AnnotatedPicture(10_000 * subject + number, size, self._reader(image), _things(classes))

    def _reader(self, path: Path) -> Callable[[], Image.Image]:
        return lambda: decode_rgb(self.source.picture(path), path)


def _things(classes: np.ndarray) -> list[Annotation]:
    """One annotation per connected part of a class, in the order of their first pixels."""
    parts = components(classes)
    found = []
    for part, (first, area) in enumerate(
        zip(*np.unique(parts, return_index=True, return_counts=True)[1:], strict=True)
    ):
        if (label := int(classes.ravel()[first])) == IGNORE_LABEL or area < LEAST_PIXELS:
            continue
        mask = parts == part
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        found.append(
            Annotation(
                box=(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)),
                label=1 + label,
                area=float(area),
                mask=RunLengths(**run_lengths.encode(np.asfortranarray(mask, np.uint8))),
            )
        )
    return found


TITLE = "MSRC v2 instances"
DATA_SET = MsrcInstances()
