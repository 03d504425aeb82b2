"""The two forms in which CIFAR-10 is read: the official Python batches, and JPEG files packed into two archives."""

from __future__ import annotations

import io
import pickle
import pickletools
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from supertickets.data.errors import DataError
from supertickets.data.files import LARGEST, REMEDY, content, reason
from supertickets.data.pictures import decode_rgb, parse_picture

SIDE = 32
BATCHES = "cifar-10-batches-py"

Samples = tuple[np.ndarray, Callable[[int], Image.Image]]
"""Labels `(N,)` and how to read picture i."""


@dataclass(frozen=True)
class CifarFiles(ABC):
    """One form of the data below `folder`."""

    folder: Path

    @abstractmethod
    def paths(self) -> list[Path]:
        """Every file that is read."""

    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """What the files say the classes are."""

    @abstractmethod
    def samples(self, split: str) -> Samples:
        """Labels and pictures of "train" or "test".

        Raises:
            DataError: a file is missing or damaged, or a label is out of range.
        """

    def _checked_labels(self, path: Path, labels: Any) -> np.ndarray:
        try:
            values = np.asarray(labels)
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(f"{path} has labels that are no list of numbers ({reason(error)}): {REMEDY}") from error
        if values.ndim != 1 or values.dtype.kind not in "iu":
            raise DataError(f"{path} has labels of type {values.dtype}, one whole number per image expected: {REMEDY}")
        classes = len(self.class_names())
        if (wrong := values[(values < 0) | (values >= classes)]).size:
            raise DataError(f"{path} has label id {wrong[0]}; ids are 0..{classes - 1}: {REMEDY}")
        return values.astype(np.int64)


@dataclass(frozen=True)
class OfficialBatches(CifarFiles):
    """`cifar-10-batches-py` as the authors publish it: five training batches and a test batch, lossless."""

    def paths(self) -> list[Path]:
        return [*self._batches("train"), *self._batches("test"), self.folder / BATCHES / "batches.meta"]

    def class_names(self) -> tuple[str, ...]:
        path = self.folder / BATCHES / "batches.meta"
        (names,) = _unpickled(path, b"label_names")
        if not isinstance(names, list) or not all(isinstance(name, bytes) for name in names):
            raise DataError(f"{path} has no list of label names: {REMEDY}")
        return tuple(name.decode("ascii", "replace") for name in names)

    def samples(self, split: str) -> Samples:
        parts, labels = [], []
        for path in self._batches(split):
            data, ids = _unpickled(path, b"data", b"labels")
            expected = f"uint8 (N, {3 * SIDE * SIDE})"
            if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (3 * SIDE * SIDE,):
                raise DataError(f"{path} has no images of type {expected}: {REMEDY}")
            own = self._checked_labels(path, ids)
            if len(own) != len(data):
                raise DataError(f"{path} has {len(data)} images and {len(own)} labels: {REMEDY}")
            parts.append(data)
            labels.append(own)
        pixels = np.concatenate(parts).reshape(-1, 3, SIDE, SIDE)
        return np.concatenate(labels), lambda index: Image.fromarray(pixels[index].transpose(1, 2, 0))

    def _batches(self, split: str) -> list[Path]:
        names = ["test_batch"] if split == "test" else [f"data_batch_{number}" for number in range(1, 6)]
        return [self.folder / BATCHES / name for name in names]


@dataclass(frozen=True)
class PackedJpegs(CifarFiles):
    """`train.npz` and `test.npz`, each all JPEG files one after the other, and `classes.txt`."""

    def paths(self) -> list[Path]:
        return [self.folder / name for name in ("train.npz", "test.npz", "classes.txt")]

    def class_names(self) -> tuple[str, ...]:
        path = self.folder / "classes.txt"
        return tuple(content(path).decode("utf-8", "replace").split())

    def samples(self, split: str) -> Samples:
        path = self.folder / f"{split}.npz"
        jpeg, offsets, labels = _unpacked(path, "jpeg", "offsets", "labels")
        values = self._checked_labels(path, labels)
        if jpeg.dtype != np.uint8 or jpeg.ndim != 1 or offsets.dtype.kind not in "iu":
            raise DataError(f"{path} needs bytes `jpeg` and whole numbers `offsets`: {REMEDY}")
        cuts = offsets.shape == (len(values) + 1,) and offsets[0] == 0 and offsets[-1] == len(jpeg)
        if not cuts or (np.diff(offsets) < 4).any():
            raise DataError(f"{path} has offsets that do not cut it into {len(values)} files: {REMEDY}")
        starts, ends = offsets[:-1], offsets[1:]
        # Markers at both ends of every file: a shifted or overwritten part is found without decoding 60 000 images.
        whole = (
            (jpeg[starts] == 0xFF) & (jpeg[starts + 1] == 0xD8) & (jpeg[ends - 2] == 0xFF) & (jpeg[ends - 1] == 0xD9)
        )
        if not whole.all():
            raise DataError(f"{path}: image {int(np.argmin(whole))} is not a whole JPEG file: {REMEDY}")

        def read(index: int) -> Image.Image:
            image = parse_picture(jpeg[offsets[index] : offsets[index + 1]].tobytes(), path)
            if image.size != (SIDE, SIDE):
                raise DataError(f"{path}: image {index} is {image.height}x{image.width}, not {SIDE}x{SIDE}: {REMEDY}")
            return decode_rgb(image, path)

        return values, read


def files_of(folder: Path, layout: str) -> CifarFiles:
    """Whichever form is there; where both are, the official one, which is lossless.

    Raises:
        DataError: neither.
    """
    if (folder / BATCHES).is_dir():
        return OfficialBatches(folder)
    if (folder / "train.npz").exists() or (folder / "test.npz").exists():
        return PackedJpegs(folder)
    raise DataError(f"{folder} has neither {BATCHES}/ nor train.npz; expected layout: {layout}; see docs/data.md")


class _Kind:
    """In the place of `numpy.dtype`, of which a hostile state makes an invalid type: the name of a type."""

    def __init__(self, name: str | bytes, *_: Any) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        """Byte order and fields: bytes have none."""


class _Bytes:
    """In the place of `numpy.ndarray`: an array if it is one of bytes, else None."""

    array: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, raw = state
        if isinstance(kind, _Kind) and kind.name in ("u1", b"u1") and isinstance(raw, bytes):
            self.array = np.frombuffer(raw, np.uint8).reshape(shape, order="F" if by_columns else "C")


_HARMLESS = {
    ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Bytes(),
    ("numpy._core.multiarray", "_reconstruct"): lambda *_: _Bytes(),
    ("numpy", "ndarray"): _Bytes,
    ("numpy", "dtype"): _Kind,
}
"""All that a batch needs besides plain values. Pickles may call anything else, so nothing else is let through."""


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"it wants to call {module}.{name}, which no CIFAR-10 file does")
        return _HARMLESS[module, name]


def _unpickled(path: Path, *keys: bytes) -> list[Any]:
    """Entries of a pickled dictionary."""
    raw = content(path)
    try:
        _require_short_memo(raw)
        entries = _ArraysOnly(io.BytesIO(raw), encoding="bytes").load()
    # What a broken pickle raises is whatever its bytes happen to say.
    except Exception as error:
        raise DataError(f"{path} is not a whole CIFAR-10 batch ({reason(error)}): {REMEDY}") from error
    for key in keys:
        if not isinstance(entries, dict) or key not in entries:
            raise DataError(f"{path} has no entry {key.decode()!r}: {REMEDY}")
    return [entries[key].array if isinstance(entries[key], _Bytes) else entries[key] for key in keys]


def _require_short_memo(raw: bytes) -> None:
    """Pickle numbers what it remembers, and makes room for all numbers up to one: a few bytes could take all memory.

    Raises:
        ValueError: a number above that of the instructions before it, or no pickle at all.
    """
    for count, (instruction, argument, _) in enumerate(pickletools.genops(raw)):
        if "PUT" in instruction.name and (argument or 0) > count:
            raise ValueError(f"it remembers something as number {argument} after {count} instructions")


def _unpacked(path: Path, *names: str) -> list[np.ndarray]:
    """Arrays of an archive, which may not unpack to more than a file may have."""
    raw = content(path)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as members:
            if sum(member.file_size for member in members.infolist()) > LARGEST:
                raise ValueError(f"it unpacks to more than {LARGEST} bytes")
        with np.load(io.BytesIO(raw), allow_pickle=False) as archive:
            found = [archive[name] for name in names]
        for name, array in zip(names, found, strict=True):
            if not isinstance(array, np.ndarray):  # a member without the heading of an array comes as bytes
                raise ValueError(f"{name} is no array")
        return found
    # What a broken archive raises depends on which of its parts is broken.
    except Exception as error:
        raise DataError(f"{path} is damaged or not a packed archive ({reason(error)}): {REMEDY}") from error
