"""Files of tensors from anywhere: what they hold is known, bounded and checked before any of it is read.

The files are safetensors, which hold numbers and text and never code. Nothing here unpickles.
"""

from __future__ import annotations

import json
import os
import reprlib
import stat
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from supertickets.json_values import is_unicode

LARGEST_HEADER = 16 << 20
"""Bytes; the paper's supernet needs 0.2 MB."""
LARGEST_FILE = 8 << 30
"""Bytes."""
MOST_TENSORS = 100_000
MOST_DEEP = 16
"""Levels of JSON in what a file says of itself; our own needs six."""
MOST_DIMENSIONS = 16

TYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "U16": torch.uint16, "I16": torch.int16,
    "U32": torch.uint32, "I32": torch.int32, "U64": torch.uint64, "I64": torch.int64,
    "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
}  # fmt: skip
"""What a tensor may be, by its name in the file."""


class TicketError(ValueError):
    """A file of tensors, or tensors for one, that cannot be used; the message names file, entry and remedy."""


class Entry(NamedTuple):
    """What a file says of a tensor that has not been read."""

    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        return prod(self.shape)


Header = tuple[dict[str, str], dict[str, Entry]]
"""Metadata, and tensors by name."""


def read_tensors(path: Path, check: Callable[[Mapping[str, str], Mapping[str, Entry]], None]) -> dict[str, Tensor]:
    """Tensors of a file, by name, on the CPU.

    Args:
        path: a regular file.
        check: is given metadata and entries before a tensor is read, to refuse what is not wanted.

    Raises:
        TicketError: for a missing, damaged or foreign file, or one beyond the limits of this module; without the path.
    """
    try:
        # a fifo is opened without waiting for its writer, and then refused
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            size = _regular_size(file)
            start = file.read(8)
            length = int.from_bytes(start, "little")
            if length > min(LARGEST_HEADER, size - 8):
                raise TicketError(f"its header claims {length} bytes of {size}, at most {LARGEST_HEADER} are read")
            text = file.read(length)
            check(*_header(text, size - 8 - length))
            return load(b"".join((start, text, file.read(size - 8 - length))))
    except (OSError, ValueError, SafetensorError, MemoryError, RecursionError) as error:
        if isinstance(error, TicketError):
            raise
        raise TicketError(getattr(error, "strerror", None) or str(error) or type(error).__name__) from error


def _regular_size(file: BinaryIO) -> int:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise TicketError("it is a folder or device, not a regular file")
    if not 8 < found.st_size <= LARGEST_FILE:
        raise TicketError(f"it has {found.st_size} bytes, which is no file of tensors of at most {LARGEST_FILE}")
    return found.st_size


def _header(text: bytes, payload: int) -> Header:
    """What a header says, after it was held against the number of bytes that follow it."""
    header = parsed(text, "its header")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise TicketError("its metadata are no texts by name")
    if len(header) > MOST_TENSORS:
        raise TicketError(f"it holds {len(header)} tensors, at most {MOST_TENSORS} are read")
    entries, ends = {}, [(0, 0)]
    for name, value in header.items():
        entries[name], end = _entry(name, value)
        ends.append(end)
    ends.sort()
    if any(stop != start for (_, stop), (start, _) in pairwise(ends)) or ends[-1][1] != payload:
        raise TicketError(f"its tensors overlap, leave gaps or do not end where the {payload} bytes of its data do")
    return metadata, entries


def _entry(name: str, value: Any) -> tuple[Entry, tuple[int, int]]:
    """An entry, and where it begins and ends."""
    match value:
        case {"dtype": str(kind), "shape": [*shape], "data_offsets": [int(start), int(stop)]} if len(value) == 3:
            pass
        case _:
            raise TicketError(f"entry {name!r} does not say type, shape and place of a tensor")
    if kind not in TYPES:
        raise TicketError(f"entry {name!r} is of type {kind!r}: {', '.join(TYPES)} are read")
    if len(shape) > MOST_DIMENSIONS or not all(type(size) is int and size >= 0 for size in shape):
        raise TicketError(f"entry {name!r} has shape {str(shape)[:80]}, which no tensor has")
    if not 0 <= start <= stop or stop - start != prod(shape) * TYPES[kind].itemsize:
        raise TicketError(f"entry {name!r} has {stop - start} bytes for a tensor of shape {tuple(shape)} of {kind}")
    return Entry(TYPES[kind], tuple(shape)), (start, stop)


def parsed(text: bytes | str, what: str) -> dict[str, Any]:
    """A JSON object of bounded depth, in which no name occurs twice.

    Raises:
        TicketError: for anything else.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise TicketError(f"{what} holds {next(name for name in names if names.count(name) > 1)!r} twice")
        return found

    def refuse(word: str) -> None:
        raise TicketError(f"{what} holds {word}, which is no number")

    try:
        found = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except TicketError:
        raise
    except (ValueError, RecursionError) as error:
        raise TicketError(f"{what} is no JSON of at most {MOST_DEEP} levels ({error})") from error
    if not isinstance(found, dict) or _too_deep(found):
        raise TicketError(f"{what} is no JSON object of at most {MOST_DEEP} levels")
    return found


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEEP):
        level = [
            one
            for each in level
            if isinstance(each, dict | list)
            for one in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def check_storable(tensors: Mapping[str, Any]) -> None:
    """Refuse what no file of tensors can hold: a state dict may hold anything.

    Raises:
        TicketError: naming the entry.
    """
    for name, value in tensors.items():
        if not is_unicode(name):
            raise TicketError(f"cannot store {reprlib.repr(name)}: a name has to be a text that UTF-8 can hold")
        if not isinstance(value, Tensor):
            what = f"a {type(value).__name__}, no tensor (an extra state?)"
        elif value.layout is not torch.strided or value.is_nested:
            what = f"of layout {value.layout}: make it dense"
        elif nn.parameter.is_lazy(value):
            what = "of a lazy module that no input has passed: run the net once"
        elif _is_empty(value):
            what = "on the meta device and has no values: load the weights first"
        elif value.dtype not in TYPES.values():
            what = f"of type {value.dtype}, and none of {', '.join(TYPES)}: convert it"
        else:
            continue
        raise TicketError(f"cannot store {name}: it is {what}")


def _is_empty(value: Tensor) -> bool:
    """Whether it has no values: it is on the meta device, or pretends not to be, as torch's fakes do."""
    if value.is_meta:
        return type(value) in {Tensor, nn.Parameter}  # others may hold their values elsewhere
    return value.untyped_storage().device.type == "meta"
