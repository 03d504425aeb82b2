"""Detection sets of any size: objects are listed as arrays, pictures and masks are decoded when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from bench.data.annotated import (
    AnnotatedDataSet,
    AnnotatedPicture,
    RunLengths,
    fitting,
    read_annotated,
    scaled,
    scaled_mask,
    scaled_picture,
)
from bench.data.packed import Lists, Rows, Texts
from bench.data.streamed import StreamedDataSet, StreamedSamples, Survey, tensor_of
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY
from supertickets.loading import Tensors
from supertickets.tasks.annotated import AnnotatedImages
from supertickets.tasks.base import Augmentation

COUNTS, LENGTHS = "mask_counts", "mask_lengths"
"""Lists of rows: run lengths of all masks of a picture, one mask after the other, and how many bytes each mask has."""


class StreamedAnnotations(StreamedDataSet, AnnotatedDataSet):
    """What makes a set of `AnnotatedDataSet` one that is streamed; the class of its layout comes first among the bases.

    A list has a row per picture. Samples are bit for bit those of the same set decoded beforehand.

    Attributes:
        picture_counts: pictures that (train, val) must have; None for a set of any size.
    """

    decoder_version = AnnotatedDataSet.decoder_version
    kept_form = ("listed",)
    picture_counts: tuple[int, int] | None

    @property
    def expected(self) -> tuple[int | None, int | None]:
        return self.picture_counts or (None, None)

    def survey(self, folder: Path) -> Survey:
        found = Survey()
        for split in ("train", "val"):
            pictures: Sequence[AnnotatedPicture] = ()
            try:
                pictures = self._pictures(folder.parent, split)
                found.extra[split] = list(self._names(folder.parent))
            except DataError as error:
                found.problems.append(str(error))
            found.rows[split] = self._rows(folder, pictures)
            if pictures and found.rows[split].lists["ignored"].items.all():
                found.problems.append(f"{self.name}: {split} has no object to be found, crowds apart: {REMEDY}")
        return found

    def read(self, folder: Path, rows: Rows, row: int) -> Tensor:
        """uint8 `(3, h, w)`: a picture in its own size."""
        return tensor_of(read_annotated(folder / rows.names[row], own_size(rows, row)))

    def _rows(self, folder: Path, pictures: Sequence[AnnotatedPicture]) -> Rows:
        paths = [picture.path for picture in pictures if picture.path is not None]
        # an empty list first, so that there is one to tell the form of all
        columns = [self.columns(()), *(self.columns(picture.objects) for picture in pictures)]
        lists = {name: [one[name] for one in columns] for name in columns[0]}
        if self.with_masks:
            masks = [[one.mask for one in picture.objects if one.mask is not None] for picture in pictures]
            counts = [[one.counts for one in found if isinstance(one, RunLengths)] for found in masks]
            lists[COUNTS] = [np.frombuffer(b"".join(one), np.uint8) for one in ([], *counts)]
            lists[LENGTHS] = [np.array([len(mask) for mask in one], np.int64) for one in ([], *counts)]
        every = np.arange(1, len(columns))
        return Rows(
            Texts.of(path.relative_to(folder).as_posix() for path in paths),
            {
                "image_id": np.array([picture.image_id for picture in pictures], np.int64),
                "picture_size": np.array([picture.size for picture in pictures], np.int64).reshape(-1, 2),
            },
            {name: Lists.of(found).take(every) for name, found in lists.items()},
        )

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> AnnotatedSamples:
        return AnnotatedSamples(
            data=self, folder=Path(), rows=Rows.of(arrays), image_size=(1, 1), class_names=tuple(extra)
        )


@dataclass(frozen=True, kw_only=True)
class AnnotatedSamples(StreamedSamples):
    """One split of such a set. Its task mirrors pictures and changes colours, as it does with those in memory.

    Attributes:
        class_names: one name per class, that of class 1 first.
    """

    varies: ClassVar[bool] = False
    data: StreamedAnnotations
    class_names: tuple[str, ...]

    @property
    def joint_names(self) -> tuple[str, ...]:
        """One name per joint; empty in a set without joints."""
        return self.data.joint_names

    @property
    def with_masks(self) -> bool:
        """Whether every object has a mask."""
        return self.data.with_masks

    def prepare(self) -> None:
        """Nothing: pictures are changed by the task."""

    def shown(self, index: Sequence[int]) -> Tensors:
        found = [self._shown(row) for row in index]
        return {name: torch.cat([one[name] for one in found]) for name in found[0]}

    def varied(
        self, index: Sequence[int], seeds: Sequence[int], size: tuple[int, int], augmentation: Augmentation
    ) -> Tensors:
        return self.shown(index)

    def read(self, row: int) -> tuple[Tensor, ...]:
        """uint8 `(3, h, w)`: a picture, scaled; where there are masks uint8 `(n, b)`, theirs, eight pixels a byte."""
        own, size = own_size(self.rows, row), self._size(row)
        picture = scaled_picture(read_annotated(self.folder / self.rows.names[row], own), size)
        kept = [torch.from_numpy(np.ascontiguousarray(picture))]
        if self.with_masks:
            masks = np.zeros((len(self.rows.lists[LENGTHS][row]), math.prod(size)), np.bool_)
            start, counts = 0, self.rows.lists[COUNTS][row].tobytes()
            for mask, length in zip(masks, self.rows.lists[LENGTHS][row].tolist(), strict=True):
                mask[:] = scaled_mask(RunLengths(list(own), counts[start : start + length])(), size).reshape(-1)
                start += length
            kept.append(torch.from_numpy(np.packbits(masks, axis=1)))
        return tuple(kept)

    def _size(self, row: int) -> tuple[int, int]:
        return fitting(own_size(self.rows, row), self.image_size)

    def _shown(self, row: int) -> Tensors:
        own, (height, width) = own_size(self.rows, row), self._size(row)
        picture, *masks = self.decoded(row)
        image = torch.zeros(1, 3, *self.image_size, dtype=torch.uint8)
        image[0, :, :height, :width] = picture
        columns = scaled({name: self.rows.lists[name][row] for name in self.data.columns(())}, own, (height, width))
        found = {
            "images": image,
            "sizes": torch.tensor([[height, width]]),
            "image_ids": torch.tensor([int(self.rows["image_id"][row])]),
            "counts": torch.tensor([len(columns["labels"])]),
            **{name: torch.from_numpy(np.array(values)) for name, values in columns.items()},
        }
        for packed in masks:
            bits = np.unpackbits(packed.numpy(), axis=1, count=height * width).reshape(-1, height, width)
            found["masks"] = torch.zeros(len(bits), *self.image_size, dtype=torch.uint8)
            found["masks"][:, :height, :width] = torch.from_numpy(bits)
        return found

    def part(self, tensors: Tensors) -> AnnotatedImages:
        return self.data.annotated(tensors, self.class_names)


def own_size(rows: Rows, row: int) -> tuple[int, int]:
    """`(H, W)` of a picture as it is stored."""
    height, width = rows["picture_size"][row].tolist()
    return height, width
