"""Arrays of MATLAB files, read in a process of their own: SciPy's reader can crash on a damaged one."""

from __future__ import annotations

import functools
import io
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np

from bench.data import DataError
from supertickets.data.files import content, reason

PATIENCE = 60
"""Seconds that a file may take before its process ends."""


def matlab(path: Path, *names: str) -> list[np.ndarray]:
    """Arrays of a MATLAB file by name.

    Raises:
        DataError: the file is missing or damaged, an array is not in it, or SciPy is not installed.
    """
    raw = content(path)
    try:
        arrays = _reader().submit(_arrays, raw, names).result()
    except ImportError as error:
        raise DataError("reading .mat files needs SciPy: `uv sync --group convert`, or `pip install scipy`") from error
    except Exception as error:  # SciPy's reader has no error of its own: a damaged file gives almost any
        if isinstance(error, BrokenProcessPool):
            _reader.cache_clear()  # the next file gets another one
        raise DataError(f"{path} is not a readable MATLAB file ({reason(error)}): unpack the archive again") from error
    if missing := [name for name in names if not isinstance(arrays.get(name), np.ndarray)]:
        raise DataError(f"{path} holds no {missing[0]!r}: is it the file that docs/data.md names?")
    return [arrays[name] for name in names]


@functools.cache
def _reader() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _arrays(raw: bytes, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Body of the reading process."""
    from scipy.io import loadmat

    signal.alarm(PATIENCE)
    try:
        arrays = loadmat(io.BytesIO(raw), variable_names=list(names))
    finally:
        signal.alarm(0)  # or the next file would meet a process that has ended
    return {name: arrays[name] for name in names if name in arrays}
