"""What every data set answers, however it is stored: a check, an identity, and decoded tensors per split."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import PIL

from supertickets.data.cache import CacheError, CreateArray, cached_arrays
from supertickets.data.errors import DataError
from supertickets.data.files import short_hash

if TYPE_CHECKING:
    from supertickets.samples import Samples

SPLITS = ("train", "val", "tune", "train_minus_tune")
"""`val` is the reported split. `tune` is carved from `train` for every choice made by looking at a score;
`train_minus_tune` is its complement, to train on while choosing."""

EVALUATION_SPLITS = ("val", "tune")
"""Splits that are scored, never trained on: labels stay as fine as the data set has them."""


class DataSet(ABC):
    """One data set: a frozen description without any open file.

    Attributes:
        name: its name on the command line, in file names and in tables; also the name of its module.
        task: "classification" (splits load as `ClassifiedImages`), "segmentation" (`LabelledImages`), "pose"
            (`PersonCrops`) or "detection" (`AnnotatedImages`).
        role: the data set of the paper whose place it takes, for example "Cityscapes".
        class_names: one name per class or joint, by index; empty where only the files tell.
        needs_root: False for sets that are drawn by a program and need no download.
        native_size: `(H, W)` the data have, or a sensible network input where they have no single size.
        decoder_version: rises when the same files decode to other arrays; old caches are then not used.
        gigabytes: size of the files that have to be there; 0 where they are small.
        streamed: whether samples are decoded when they are asked for, because there are too many to keep them decoded
            (`supertickets.loading.OnDemand`).
        kept_form: what in `cache` distinguishes the set's arrays from others that older code made of the same files.
    """

    name: ClassVar[str]
    task: ClassVar[Literal["classification", "segmentation", "pose", "detection"]]
    role: ClassVar[str]
    class_names: tuple[str, ...]
    needs_root: ClassVar[bool]
    native_size: ClassVar[tuple[int, int]]
    decoder_version: ClassVar[str]
    gigabytes: ClassVar[float] = 0.0
    streamed: ClassVar[bool] = False
    kept_form: ClassVar[tuple[str, ...]] = ()

    @property
    def classes(self) -> int:
        """Number of classes or, for pose, joints."""
        return len(self.class_names)

    @abstractmethod
    def check(self, root: Path | None) -> None:
        """Look for everything that would stop a run later; takes at most about 2 seconds.

        Args:
            root: folder that holds one folder per data set; ignored where `needs_root` is False.

        Raises:
            DataError: root missing, a file missing, unreadable, truncated, of the wrong size, or with ids out of range.
        """

    @abstractmethod
    def data_id(self, root: Path | None) -> str:
        """16 hexadecimal digits that change when the data change.

        Raises:
            DataError: a file that the set needs is missing.
        """

    def present(self, root: Path) -> bool:
        """Whether there is anything of this set below a root."""
        return (root / getattr(self, "folder", self.name)).is_dir()

    def decoded_id(self, root: Path | None) -> str:
        """`data_id` and what else decides the decoded arrays: our decoder and Pillow, whose resampling has changed.

        Raises:
            DataError: a file that the set needs is missing.
        """
        return short_hash(json.dumps([self.data_id(root), self.decoder_version, PIL.__version__]).encode())

    def load(self, root: Path | None, split: str, image_size: tuple[int, int], cache: Path) -> Samples:
        """Decode one split, or map its arrays from an earlier decoding.

        Args:
            root: as for `check`.
            split: one of `SPLITS`.
            image_size: `(H, W)` of the network input in pixels.
            cache: decoded arrays are kept in `cache/data/<name>-<key>/`; deleting them is always safe.

        Raises:
            DataError: unknown split, a file is missing or damaged, or the cache cannot be used.
            ValueError: `image_size` is not a pair of positive integers (for pose: even ones).
        """
        if split not in SPLITS:
            raise DataError(f"{self.name} has no split {split!r}; the splits are: {', '.join(SPLITS)}")
        sides = list(image_size)
        if len(sides) != 2 or any(side != int(side) or side < 1 for side in sides):
            raise ValueError(f"image_size is (height, width) in whole pixels, got {image_size!r}")
        size = (int(sides[0]), int(sides[1]))
        key = short_hash(json.dumps([self.decoded_id(root), size, split, *self.kept_form]).encode())
        try:
            arrays, extra = cached_arrays(
                cache / "data" / f"{self.name}-{key}", lambda create: self._decode(root, split, size, create)
            )
        except CacheError as error:
            raise DataError(str(error)) from error
        return self._assemble(arrays, extra)

    @abstractmethod
    def _decode(self, root: Path | None, split: str, image_size: tuple[int, int], create: CreateArray) -> Any:
        """Fill arrays made with `create`; return what is not an array, as JSON-serialisable data."""

    @abstractmethod
    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> Samples:
        """Wrap decoded arrays without copying them."""
