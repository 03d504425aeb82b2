"""Decoded arrays on disk: written once and atomically, mapped by every process, rebuilt when damaged."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from supertickets.files import folder_atomically, remove_folder

MANIFEST = "manifest.json"
EXTRA = "extra.json"
SAMPLED_BLOCKS = 256
BLOCK_BYTES = 4096


class _DamagedError(Exception):
    """A cache folder that does not hold what its manifest says."""


def cached_arrays(folder: Path, build: Callable[[Callable[..., np.ndarray]], Any]) -> tuple[dict[str, np.ndarray], Any]:
    """Arrays and extra data kept in `folder`; `build` makes them if they are not there or damaged.

    Args:
        folder: where they are kept; its name has to identify their content.
        build: gets `create(name, shape, dtype)`, fills the arrays it asked for (they go to disk as they
            are written, so they may exceed memory) and returns JSON-serialisable extra data.

    Returns:
        Arrays by name, memory-mapped copy-on-write: all processes share the page cache, torch may wrap
        them without a warning, and a write never reaches the file. Second: the extra data.

    Raises:
        OSError: there is no space for the arrays, or they cannot be written; nothing is left.

    Warns:
        RuntimeWarning: the folder was damaged and is built anew.
    """
    for _ in range(3):  # More than once only if another process replaces a damaged folder at the same moment.
        if folder.is_dir():
            try:
                return _read(folder)
            except _DamagedError as damage:
                warnings.warn(f"{folder} is damaged ({damage}) and is built again", RuntimeWarning, stacklevel=3)
                remove_folder(folder)
        _write(folder, build)
    return _read(folder)


def _read(folder: Path) -> tuple[dict[str, np.ndarray], Any]:
    try:
        expected = json.loads((folder / MANIFEST).read_text())
        for name, fingerprint in expected.items():
            if _fingerprint(folder / name) != fingerprint:
                raise _DamagedError(f"{name} is not the file that was written")
        extra = json.loads((folder / EXTRA).read_text())
        arrays = {Path(name).stem: np.load(folder / name, mmap_mode="c") for name in expected if name != EXTRA}
    except (OSError, ValueError) as error:
        raise _DamagedError(str(error)) from error
    return arrays, extra


def _write(folder: Path, build: Callable[[Callable[..., np.ndarray]], Any]) -> None:
    # Another process may finish first; its arrays are the same as ours.
    with folder_atomically(folder) as temporary:
        arrays = {}

        def create(name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
            path = temporary / f"{name}.npy"
            arrays[name] = np.lib.format.open_memmap(path, "w+", dtype=dtype, shape=shape)
            _reserve(path)
            return arrays[name]

        extra = build(create)
        for array in arrays.values():
            array.flush()
        (temporary / EXTRA).write_text(json.dumps(extra))
        names = [*(f"{name}.npy" for name in arrays), EXTRA]
        (temporary / MANIFEST).write_text(json.dumps({name: _fingerprint(temporary / name) for name in names}))


def _reserve(path: Path) -> None:
    """Give a file that has holes the space it needs.

    Where the disk is full, a write to its mapping would be a signal that ends the process, and no error.
    """
    if sys.platform != "darwin":  # which has no such call
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _fingerprint(path: Path) -> str:
    """Hash of the size and of evenly spaced blocks: finds truncation and lost blocks in milliseconds.

    A single flipped bit between the blocks goes unnoticed; that is the disk's business.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        last = max(size - BLOCK_BYTES, 0)
        for index in range(SAMPLED_BLOCKS):
            file.seek(last * index // (SAMPLED_BLOCKS - 1))
            digest.update(file.read(BLOCK_BYTES))
            if last == 0:
                break
    return digest.hexdigest()
