"""Sets that are too large to be decoded beforehand: what is kept is a list of their files, as arrays.

A set is described by a survey of its folders. Training takes the lists from it; the check of a whole tree
(`bench.data.check`) takes its complaints, too, and looks at every file.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from bench.data.base import DataSet
from bench.data.folders import folder_of
from bench.data.packed import Rows, Texts
from supertickets.data.cache import CreateArray
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, short_hash
from supertickets.data.splits import members
from supertickets.kept import Kept
from supertickets.loading import HERE, Loading, OnDemand

CHECKED = 24
"""Samples per split whose files are decoded before a run, evenly spaced; `bench.data.check` looks at all."""


@dataclass
class Survey:
    """What a set's folders and lists hold.

    Attributes:
        rows: by "train" and "val", the samples that can be used.
        problems: everything that is wrong, one line each.
        extra: by split, what is not an array, as plain JSON values.
        identity: of list files, digests of their content.
    """

    rows: dict[str, Rows] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    identity: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class StreamedSamples(OnDemand):
    """One split of such a set.

    Attributes:
        folder: the set's, below which the files lie.
        rows: of this split.
        image_size: `(H, W)` of the network input.
        kept: what stays decoded while a net is trained; None: nothing.
    """

    data: StreamedDataSet
    folder: Path
    rows: Rows
    image_size: tuple[int, int]
    loading: Loading = HERE
    kept: Kept | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def loaded(self, loading: Loading) -> Self:
        return replace(self, loading=loading)

    def keeping(self) -> Self:
        if self.kept is not None or not self.loading.kept_bytes:
            return self
        return replace(self, kept=Kept(len(self), self.loading.kept_bytes))

    def decoded(self, row: int) -> Any:
        """What `read` gives for a sample, perhaps kept."""

        def read() -> Any:
            return self.read(row)

        return read() if self.kept is None else self.kept.sample(self.kept_as(row), read)

    def read(self, row: int) -> Any:
        """A sample as it is kept: what `data.read` gives, unless less of it is needed."""
        return self.data.read(self.folder, self.rows, row)

    def kept_as(self, row: int) -> int:
        """The first sample that the same is decoded for."""
        return row

    def prepare(self) -> None:
        import torchvision.transforms.v2  # noqa: F401


class StreamedDataSet(DataSet):
    """A set in the layout in which it is published.

    Attributes:
        folder: the set's folder below the root.
    """

    needs_root = True
    streamed = True
    decoder_version = "1"
    folder: ClassVar[str]

    @property
    @abstractmethod
    def layout(self) -> str:
        """The files that are needed, for messages."""

    @property
    @abstractmethod
    def expected(self) -> tuple[int | None, int | None]:
        """Samples that (train, val) must have; None for a set of any size in this layout."""

    def place(self, root: Path | None) -> Path:
        """The set's folder.

        Raises:
            DataError: it is not there.
        """
        return folder_of(root, self.folder, self.layout)

    @abstractmethod
    def survey(self, folder: Path) -> Survey:
        """What the set's folder holds; opens lists and no picture.

        Raises:
            DataError: without a list that is missing or damaged nothing can be told.
        """

    @abstractmethod
    def read(self, folder: Path, rows: Rows, row: int) -> Any:
        """Decode the files of a sample.

        Args:
            folder: the set's.

        Raises:
            DataError: they are missing or damaged, or their sizes or ids are not what they should be.
        """

    def complaints(self, root: Path | None) -> Survey:
        """A survey that also complains of splits with no sample, or another number of them than there should be.

        Raises:
            DataError: as for `place` and `survey`.
        """
        found = self.survey(self.place(root))
        for split, expected in zip(("train", "val"), self.expected, strict=True):
            count = len(found.rows[split])
            if not count:
                found.problems.append(f"{self.name}: {split} has nothing that can be used; layout: {self.layout}")
            elif expected not in (None, count):
                found.problems.append(f"{self.name}: {split} has {count} samples, {expected} expected: {REMEDY}")
        return found

    def check(self, root: Path | None) -> None:
        found = self._usable(root)
        folder = self.place(root)
        for rows in found.rows.values():
            for row in range(0, len(rows), -(-len(rows) // CHECKED)):
                self.read(folder, rows, row)

    def data_id(self, root: Path | None) -> str:
        """Hash of the lists, and of the names and sizes of the files that they name."""
        found = self.survey(self.place(root))
        chunks = [array for split in sorted(found.rows) for _, array in sorted(found.rows[split].arrays.items())]
        return short_hash(json.dumps(found.identity).encode(), *(np.ascontiguousarray(one).tobytes() for one in chunks))

    def load(self, root: Path | None, split: str, image_size: tuple[int, int], cache: Path) -> StreamedSamples:
        """The list of a split, or an earlier one mapped from the cache; pictures are decoded when they are asked for.

        Raises:
            DataError, ValueError: as for `DataSet.load`.
        """
        found = super().load(root, split, image_size, cache)
        assert isinstance(found, StreamedSamples)
        return replace(found, folder=self.place(root), image_size=(int(image_size[0]), int(image_size[1])))

    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        found, official = self._usable(root), "val" if split == "val" else "train"
        rows = found.rows[official].take(self.members_of(found.rows[official], split))
        for name, array in rows.arrays.items():
            create(name, array.shape, array.dtype)[...] = array
        return self.extra_of(found, official, split, rows)

    def extra_of(self, found: Survey, official: str, split: str, rows: Rows) -> Any:
        """What of a split is not an array, as plain JSON values."""
        return found.extra.get(official)

    def members_of(self, rows: Rows, split: str) -> np.ndarray:
        """Which of an official split's samples belong to one that is carved from it."""
        return np.array(members(list(range(len(rows))), split), dtype=np.int64)

    def _usable(self, root: Path | None) -> Survey:
        found = self.complaints(root)
        if found.problems:
            more = len(found.problems) - 1
            rest = f" ({more} more: `nox -s data -- --check ROOT` lists them)" if more else ""
            raise DataError(f"{found.problems[0]}{rest}")
        return found


@dataclass(frozen=True)
class CountedDataSet(StreamedDataSet):
    """Such a set whose description has the number of its samples.

    Attributes:
        train_count, val_count: as in `expected`.
    """

    train_count: int | None
    val_count: int | None

    @property
    def expected(self) -> tuple[int | None, int | None]:
        return self.train_count, self.val_count


def listed_rows(names: Sequence[str], **columns: Sequence[int]) -> Rows:
    """Rows of names and whole numbers."""
    return Rows(Texts.of(names), {name: np.array(column, dtype=np.int64) for name, column in columns.items()})


def tensor_of(picture: Image.Image) -> Tensor:
    """uint8 `(3, H, W)` of an RGB picture."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()
