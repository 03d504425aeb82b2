"""The cache folder as a whole: where it is, what is in it, whether it can be used."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from supertickets.files import require_writable, set_aside

FOLDERS = ("results", "running", "failures", "damaged", "data")
"""All there is in it."""

LEAST_SPACE = 200 << 20
"""Bytes; the embedded tables and the data decoded for them take about as many."""


class StoreError(Exception):
    """The cache folder cannot be used; the message names it and the remedy."""


def check_usable(cache: Path) -> None:
    """Make the folder if need be, and look whether results can be kept in it, before minutes are spent on them.

    Raises:
        StoreError: it, or a folder in it, cannot be written, or there is no space.
    """
    for folder in (cache, *(cache / name for name in FOLDERS if os.path.lexists(cache / name))):
        try:
            require_writable(folder)
            free = shutil.disk_usage(folder).free
        except (FileExistsError, NotADirectoryError) as error:
            raise StoreError(f"{folder} is no folder: move it away, or set SUPERTICKETS_CACHE to a folder") from error
        except OSError as error:
            raise StoreError(
                f"cannot write to the cache folder {folder}: {os.strerror(error.errno or 0)}; "
                "set SUPERTICKETS_CACHE to a writable folder"
            ) from error
        if free < LEAST_SPACE:
            raise StoreError(
                f"{free >> 20} MB are left for the cache folder {folder}, {LEAST_SPACE >> 20} are needed: free some or "
                "set SUPERTICKETS_CACHE to another disk"
            )


def put_aside(path: Path, cache: Path, name: str) -> Path:
    """Move what is damaged to where nobody takes it for a result; gives that place. Nothing is ever deleted there.

    Raises:
        StoreError: it cannot be moved.
    """
    try:
        return set_aside(path, cache / "damaged" / name)
    except OSError as error:
        raise StoreError(f"{path} is damaged and cannot be moved ({error.strerror}): move it away") from error
