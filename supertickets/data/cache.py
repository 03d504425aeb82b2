"""Decoded arrays on disk: written once and atomically, mapped by every process, rebuilt when damaged."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from supertickets.files import folder_atomically, set_aside
from supertickets.locks import acquire
from supertickets.reading import DamagedError, MissingError, opened_file, opened_folder, read_file, unreadable

MANIFEST = "manifest.json"
EXTRA = "extra.json"
SAMPLED_BLOCKS = 256
BLOCK_BYTES = 4096
ZEROS_BYTES = 1 << 20
MOST_BUILDS = 3
"""More than one are needed only where somebody damages a folder at the moment that it is finished."""


class CacheError(Exception):
    """Arrays that cannot be kept or read now; the message names the place and the remedy."""


CreateArray = Callable[[str, tuple[int, ...], Any], np.ndarray]
"""`create(name, shape, dtype)` gives an array to fill that is kept."""

Arrays = tuple[dict[str, np.ndarray], Any]
"""Arrays by name, and extra data."""


def cached_arrays(folder: Path, build: Callable[[CreateArray], Any]) -> Arrays:
    """Arrays and extra data kept in `folder`; `build` makes them if they are not there or damaged.

    Args:
        folder: where they are kept; its name has to identify their content.
        build: gets `create(name, shape, dtype)`, fills the arrays it asked for (they go to disk as they
            are written, so they may exceed memory) and returns JSON-serialisable extra data.

    Returns:
        Arrays by name, memory-mapped copy-on-write: all processes share the page cache, torch may wrap
        them without a warning, and a write never reaches the file. Second: the extra data.

    Raises:
        CacheError: what is there cannot be read now, or nothing can be kept there.

    Warns:
        RuntimeWarning: the folder was damaged and is built anew; the old one is put beside it, in `damaged`.
    """
    try:
        kept = _sound(folder)
        for _ in range(MOST_BUILDS):
            if kept is not None:
                break
            _write(folder, build)
            kept = _sound(folder)
    except OSError as error:
        reason = error.strerror or error
        raise CacheError(
            f"cannot keep decoded arrays in {folder}: {reason}; is there space left, and may it be written?"
        ) from error
    if kept is None:
        raise CacheError(f"what is written to {folder} is damaged every time: is the disk in order?")
    return kept


def _sound(folder: Path) -> Arrays | None:
    """What is kept, or None; what is damaged is put aside first."""
    try:
        return _read(folder)
    except DamagedError:
        pass
    folder.parent.mkdir(parents=True, exist_ok=True)
    # one process at a time, since another may have put a sound folder in its place meanwhile
    lock = acquire(folder.with_name(f"{folder.name}.lock"), wait=True)
    assert lock is not None
    with lock:
        try:
            return _read(folder)
        except DamagedError as damage:
            aside = set_aside(folder, folder.parent / "damaged" / folder.name)
            warnings.warn(
                f"{folder} is damaged ({damage}) and is built again; the old one is in {aside}",
                RuntimeWarning,
                stacklevel=4,
            )
    return None


def _read(folder: Path) -> Arrays | None:
    try:
        with opened_folder(folder) as handle:
            return _whole(folder, handle)
    except MissingError:
        return None
    except OSError as error:
        raise CacheError(unreadable(error)) from error


def _whole(folder: Path, handle: int) -> Arrays:
    try:
        manifest = json.loads(read_file(folder / MANIFEST, handle))
        whose, expected = manifest["folder"], manifest["files"]
        if whose != folder.name:
            raise DamagedError(f"it is a copy of {whose}")
        kept = {name for name in os.listdir(handle) if name.endswith(".npy")} | {EXTRA}
        if lacking := kept - expected.keys():
            raise DamagedError(f"{MANIFEST} does not name {min(lacking)}")
        for name, fingerprint in expected.items():
            if "/" in name or _fingerprint(folder / name, handle) != fingerprint:
                raise DamagedError(f"{name} is not the file that was written")
        extra = json.loads(read_file(folder / EXTRA, handle))
        arrays = {Path(name).stem: np.load(folder / name, mmap_mode="c") for name in expected if name != EXTRA}
    except MissingError as error:  # the folder is there: one that lacks a file is damaged
        raise DamagedError(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, RecursionError) as error:
        raise DamagedError(f"{error}") from error
    return arrays, extra


def _write(folder: Path, build: Callable[[CreateArray], Any]) -> None:
    # Another process may finish first; its arrays are the same as ours.
    with folder_atomically(folder) as temporary:
        arrays = {}

        def create(name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
            path = temporary / f"{name}.npy"
            arrays[name] = np.lib.format.open_memmap(path, "w+", dtype=dtype, shape=shape)
            _reserve(path, arrays[name].offset)
            return arrays[name]

        extra = build(create)
        for array in arrays.values():
            array.flush()
        (temporary / EXTRA).write_text(json.dumps(extra))
        names = [*(f"{name}.npy" for name in arrays), EXTRA]
        files = {name: _fingerprint(temporary / name) for name in names}
        (temporary / MANIFEST).write_text(json.dumps({"folder": folder.name, "files": files}))


def _reserve(path: Path, header: int) -> None:
    """Take the space of a file now: writing to a mapped one on a full disk ends the process (SIGBUS).

    Args:
        path: a new file whose size is set.
        header: bytes at its beginning that are written already.
    """
    with path.open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(file.fileno(), 0, size)
                return
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                    raise
        # a system or file system that reserves nothing: what has been written has its space
        file.seek(header)
        zeros = memoryview(bytes(min(size - header, ZEROS_BYTES)))
        while (left := size - file.tell()) > 0:
            file.write(zeros[:left])
        os.fsync(file.fileno())


def _fingerprint(path: Path, folder: int | None = None) -> str:
    """Hash of the size and of evenly spaced blocks: finds truncation and lost blocks in milliseconds.

    A single flipped bit between the blocks goes unnoticed; that is the disk's business.
    """
    with opened_file(path, folder) as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(str(size).encode())
        last = max(size - BLOCK_BYTES, 0)
        for index in range(SAMPLED_BLOCKS):
            file.seek(last * index // (SAMPLED_BLOCKS - 1))
            digest.update(file.read(BLOCK_BYTES))
            if last == 0:
                break
    return digest.hexdigest()
