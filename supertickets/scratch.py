"""Scratch folders: hidden, beside what is made in them, and locked by the process that works there.

A process that is killed leaves its scratch folder, but not the lock; `sweep` removes those that nobody owns, and never
one of a process that lives.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from supertickets.locks import Lock, acquire

_NAME = re.compile(r"\.[0-9a-f]{16}\.scratch")


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Yield a free path in a scratch folder of `parent`, which is made if need be; what is there at the end goes.

    What others left in `parent` goes too, so that every folder that is written to is clean after the next time.

    Raises:
        OSError: nothing can be written in `parent`.
    """
    sweep(parent)
    lock = _made(parent)
    try:
        yield lock.path.with_name("content")
    finally:
        _remove(lock)


def sweep(*parents: Path) -> None:
    """Remove the scratch folders in `parents` that no living process owns; those are all it touches.

    On a file system without locks nobody can tell, so that all stay. What cannot be removed stays, too.
    """
    for parent in parents:
        for folder in _scratch_folders(parent):
            with contextlib.suppress(OSError):
                lock = acquire(folder / "lock")
                if lock is not None and lock.exclusive:
                    _remove(lock)


def _scratch_folders(parent: Path) -> list[Path]:
    try:
        names = [name for name in os.listdir(parent) if _NAME.fullmatch(name)]  # noqa: PTH208 - names are all we need
    except OSError:
        return []
    return [parent / name for name in names if _is_folder(parent / name)]


def _is_folder(path: Path) -> bool:
    """Whether it is a folder itself, no link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _made(parent: Path) -> Lock:
    """The lock of a new scratch folder."""
    while True:
        parent.mkdir(parents=True, exist_ok=True)
        folder = parent / f".{secrets.token_hex(8)}.scratch"
        try:
            folder.mkdir()
            lock = acquire(folder / "lock")
        except FileNotFoundError:  # swept before it was locked, or `parent` was removed for being empty
            continue
        except OSError:
            with contextlib.suppress(OSError):
                folder.rmdir()
            raise
        if lock is not None:
            return lock


def _remove(lock: Lock) -> None:
    folder = lock.path.parent
    content = folder / "content"
    # the lock goes last: as long as anything is there, it says whose it is
    if _is_folder(content):
        shutil.rmtree(content, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            content.unlink(missing_ok=True)
    lock.release()
    with contextlib.suppress(OSError):
        folder.rmdir()
