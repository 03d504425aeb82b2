"""Reading what was stored: whole and of bounded size, or one of two errors that call for opposite answers.

What is damaged (missing, cut, a pipe or device in a file's place) may be put aside and made anew. What cannot be read
now (too many open files, a disk that answers with an error, missing rights) may be perfectly sound and has to stay.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 1 << 30
"""The largest file that is read; what is stored here has at most some hundred MB."""

_OTHER_KINDS = {errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.ENODEV}
"""What opening a link, a file as a folder, a socket or a device without driver answers."""

_REMEDIES = {
    errno.EMFILE: "close other programs or raise the limit of open files (ulimit -n), then start again",
    errno.ENFILE: "close other programs, then start again",
    errno.EACCES: "let this user read it, or use a cache folder of your own (SUPERTICKETS_CACHE)",
    errno.EPERM: "let this user read it, or use a cache folder of your own (SUPERTICKETS_CACHE)",
}


class DamagedError(Exception):
    """What lies there is not what was written; the message says what is wrong with it."""


class MissingError(DamagedError):
    """Nothing lies there."""


def unreadable(error: OSError) -> str:
    """One line about a file that cannot be read now: its name, why, and what to do."""
    remedy = _REMEDIES.get(error.errno or 0, "start again; if it stays so, move it away, and it is made anew")
    return f"cannot read {error.filename}: {error.strerror}; it was left as it is: {remedy}"


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """Hold a folder open, for reading its files even if another takes its place meanwhile.

    Raises:
        MissingError: nothing is there.
        DamagedError: something else is there, or a link.
        OSError: it cannot be opened now.
    """
    handle = _open(path, os.O_DIRECTORY, None)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def opened_file(path: Path, folder: int | None = None) -> Iterator[BinaryIO]:
    """Hold a regular file open; never waits, as the opening of a pipe would.

    Args:
        path: where it lies.
        folder: its folder, as `opened_folder` gives it.

    Raises:
        MissingError: nothing is there.
        DamagedError: something else is there, or a link.
        OSError: it cannot be read now; `filename` is the path.
    """
    handle = _open(path, os.O_NONBLOCK | os.O_NOCTTY, folder)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DamagedError(f"{path.name} is no regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(handle)


def read_file(path: Path, folder: int | None = None) -> bytes:
    """The content of a regular file; arguments and errors are those of `opened_file`.

    Raises:
        DamagedError: also for more than `MOST_BYTES`.
    """
    with opened_file(path, folder) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MOST_BYTES:
            raise DamagedError(f"{path.name} has {size} bytes, more than the {MOST_BYTES} that are read")
        return file.read(size + 1)


def _open(path: Path, flags: int, folder: int | None) -> int:
    try:
        flags |= os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path if folder is None else path.name, flags, dir_fd=folder)
    except FileNotFoundError as error:
        raise MissingError(f"{path.name} is missing") from error
    except OSError as error:
        if error.errno in _OTHER_KINDS:
            raise DamagedError(f"{path.name} is no {'folder' if flags & os.O_DIRECTORY else 'regular file'}") from error
        raise OSError(error.errno, error.strerror, str(path)) from error
