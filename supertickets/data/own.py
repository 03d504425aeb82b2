"""People's own data: folders as they are, whose splits and names are found, and said aloud where they were chosen."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
import PIL

from supertickets.data.cache import CacheError, CreateArray, cached_arrays
from supertickets.data.errors import DataError
from supertickets.data.files import entries, files_id, short_hash
from supertickets.data.own_layouts import LAYOUTS, PICTURES, TaskName, require_layout
from supertickets.data.pictures import read_picture
from supertickets.data.splits import members
from supertickets.samples import Samples

Split = Literal["train", "val", "tune", "train_minus_tune"]

HELD_OUT_EVERY = 5
"""One in so many pictures is held out where the data have no split of their own."""
MOST_FAULTS = 20
"""That are told at once."""
MEASURED = 200
"""Pictures whose size is looked at, evenly spaced."""
DECODER_VERSION = 1
"""Rises when the same files decode to other arrays; older decoded ones are then not used."""

_Sample = TypeVar("_Sample")


class Faults:
    """Collects what is wrong with data, so that people hear of all of it at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note a `DataError` and go on."""
        try:
            yield
        except DataError as error:
            self.found.append(str(error))

    def check(self) -> None:
        """Refuse the data if anything was wrong.

        Raises:
            DataError: one line per fault, at most `MOST_FAULTS` of them.
        """
        if self.found:
            more = len(self.found) - MOST_FAULTS
            raise DataError(
                "\n".join(self.found[:MOST_FAULTS] + ([f"{more} more faults, not listed"] if more > 0 else []))
            )


class OwnData(ABC):
    """Pictures and what is to be learned from them, in one folder.

    Attributes:
        task: what a net learns from them.
        layout: what the folder may look like, for people.
        root: the folder.
        names: of classes or joints, by index.
        said: what was chosen because the data do not say it, a sentence each.

    Raises:
        DataError: a folder in none of the layouts; one line per fault.
    """

    task: ClassVar[TaskName]
    names: tuple[str, ...]

    def __init__(self, root: Path) -> None:
        self.root, self.layout = root, LAYOUTS[self.task]
        self.said: list[str] = []
        if not root.is_dir():
            raise DataError(f"{root} is not a folder: give one of the layout {self.layout}")
        require_layout(root, self.task)

    @abstractmethod
    def pictures(self, split: Split) -> Sequence[Path]:
        """Paths of the pictures of a split."""

    @abstractmethod
    def check(self, seen: Callable[[int, int], None] = lambda _done, _of: None) -> None:
        """Decode everything once.

        Args:
            seen: told how many pictures were looked at, and of how many.

        Raises:
            DataError: one line per fault, naming file and remedy.
        """

    def identity(self) -> str:
        """16 hexadecimal digits that change when the data change.

        Raises:
            DataError: a file is missing; one line per fault of the data.
        """
        with self._all_told():
            return files_id(self.root, *self._identified())

    @abstractmethod
    def _identified(self) -> tuple[Iterable[Path], Iterable[Path]]:
        """The files that are identified by their sizes, and those by their contents."""

    @abstractmethod
    def _decode(self, split: Split, image_size: tuple[int, int], create: CreateArray) -> Any:
        """Fill arrays made with `create`; return what is not an array, as JSON-serialisable data."""

    @abstractmethod
    def _samples(self, arrays: dict[str, np.ndarray], extra: Any) -> Samples:
        """Wrap decoded arrays without copying them."""

    def load(self, split: Split, image_size: tuple[int, int], cache: Path) -> Samples:
        """Decode a split, or map its arrays from an earlier decoding below `cache / "data"`.

        Raises:
            DataError: a file is missing or damaged, or the cache cannot be used.
        """
        key = short_hash(json.dumps([self.identity(), DECODER_VERSION, PIL.__version__, image_size, split]).encode())
        try:
            arrays, extra = cached_arrays(
                cache / "data" / f"own-{self.task}-{key}", lambda create: self._decode(split, image_size, create)
            )
        except CacheError as error:
            raise DataError(str(error)) from error
        return self._samples(arrays, extra)

    def picture_size(self) -> tuple[int, int]:
        """Median `(H, W)` of the pictures to train on.

        Raises:
            DataError: one of them cannot be read; one line per fault of the data.
        """
        paths = self.pictures("train")
        with self._all_told():
            sizes = [read_picture(path).size for path in paths[:: -(-len(paths) // MEASURED)]]
        return int(median(height for _, height in sizes)), int(median(width for width, _ in sizes))

    @contextmanager
    def _all_told(self) -> Iterator[None]:
        """Look for all faults where one is met, so that nobody mends one to hear of the next."""
        try:
            yield
        except DataError:
            self.check()
            raise

    def say_held_out(self, what: str) -> None:
        """Tell that a split was made."""
        self.said.append(
            f"no train and val in {self.root}: every {HELD_OUT_EVERY}th picture{what}, by name, is held out; make "
            "folders train and val yourself where neighbours are alike, as in videos"
        )


OTHER_PICTURES = (".gif", ".heic", ".jp2", ".tif", ".tiff", ".webp")
"""Endings of pictures that are not decoded."""


def undecoded(paths: Sequence[Path]) -> list[str]:
    """What is said of pictures whose kind is not decoded."""
    return [
        f"{path} is of a kind that is not decoded: convert it to JPEG or PNG, or remove it"
        for path in paths
        if path.suffix.lower() in OTHER_PICTURES
    ]


def pictures_in(folder: Path, faults: Faults) -> list[Path]:
    """Pictures of a folder, by name; what would be left out of it without a word is a fault."""
    found = entries(folder)
    faults.found += undecoded(found)
    faults.found += [
        f"{path} is a folder within {folder.name}, where pictures are: move them up, or remove it"
        for path in found
        if path.is_dir()
    ]
    return [path for path in found if path.suffix.lower() in PICTURES]


def held_out(samples: Sequence[_Sample], split: Split) -> list[_Sample]:
    """The samples of a split where the data have none; the last of every `HELD_OUT_EVERY` is `val`."""
    if split == "val":
        return list(samples[HELD_OUT_EVERY - 1 :: HELD_OUT_EVERY])
    rest = [one for index, one in enumerate(samples) if index % HELD_OUT_EVERY != HELD_OUT_EVERY - 1]
    return members(rest, split)


def open_data(root: str | Path, task: TaskName) -> OwnData:
    """The data in a folder, of which names are read and no picture yet.

    Raises:
        DataError: a folder in none of the layouts of the task.
    """
    if task == "classification":
        from supertickets.data.own_classes import ClassFolders

        return ClassFolders(Path(root))
    if task == "segmentation":
        from supertickets.data.own_masks import MaskFolders

        return MaskFolders(Path(root))
    from supertickets.data.own_joints import JointFiles

    return JointFiles(Path(root))
