"""The one place that opens files from outside: regular ones of bounded size within their folder, or a `DataError`.

Folders of a data set may be links, as somebody chose them; a file that a folder lists may not lead out of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import reprlib
import stat
import textwrap
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from supertickets.data.errors import DataError
from supertickets.documents.trees import once
from supertickets.json_values import is_unicode

REMEDY = "copy it again"

LARGEST = 2**30
"""Bytes of the largest file that is read; the largest that a data set here has are 163 MB."""

LONGEST_NAME = 1000
"""Characters of a path below a folder of pictures."""

LARGEST_JSON = 2**29
"""Bytes; parsed it takes about ten times as many. COCO's largest keypoint file has half of this."""


def entries(folder: Path) -> list[Path]:
    """What a folder holds, by name; hidden files and folders left out.

    Raises:
        DataError: it cannot be listed, or a name is not UTF-8: names of classes and pictures go into results.
    """
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise _unreadable(folder, error) from error
    for path in found:
        _require_unicode(folder, path.name)
    return found


def listed(folder: Path, *suffixes: str) -> list[Path]:
    """Entries that end in one of some lower-case suffixes, in any case, by name.

    Raises:
        DataError: as for `entries`.
    """
    return [path for path in entries(folder) if path.suffix.lower() in suffixes]


def sizes(folder: Path, *suffixes: str) -> dict[str, int]:
    """Bytes of everything in a folder whose name ends in one of some lower-case suffixes, in any case, by name.

    For folders of many files: nothing but the folder is read. Hidden files are left out.

    Raises:
        DataError: as for `entries`.
    """
    try:
        with os.scandir(folder) as listed:
            found = {
                entry.name: entry.stat(follow_symlinks=False).st_size
                for entry in listed
                if entry.name.lower().endswith(suffixes) and not entry.name.startswith(".")
            }
    except OSError as error:
        raise _unreadable(folder, error) from error
    for name in found:
        _require_unicode(folder, name)
    return dict(sorted(found.items()))


def inside(folder: Path, name: str) -> Path:
    """The path of `name`, which a file of the data set mentions, in `folder`.

    Raises:
        ValueError: it is empty, absolute, no possible name, or leads out of the folder, in its text or by a link.
    """
    pure = PurePosixPath(name)
    if not pure.name or len(name) > LONGEST_NAME or not is_unicode(name) or min(name) < " ":
        raise ValueError(f"{reprlib.repr(name)} is no name of a file")
    if pure.is_absolute() or ".." in pure.parts:
        raise ValueError(f"{name!r} leads out of {folder}")
    if len(pure.parts) > 1 and not (folder / pure.parent).resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{name!r} leads out of {folder} by a link")
    return folder / pure


def size_of(path: Path) -> int:
    """Bytes of a regular file; a link may stand for one of the same folder.

    Raises:
        DataError: it is missing, no regular file, or a link that leads nowhere or elsewhere.
    """
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            target = path.resolve(strict=True)
            if not target.is_relative_to(path.parent.resolve()):
                raise DataError(f"{path} is a link out of its folder, to {target}: put a copy of the file in its place")
            status = target.stat()
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 call a circle of links a RuntimeError
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or pipe"
        raise DataError(f"{path} is {kind}, not a file: {REMEDY}")
    return status.st_size


def content(path: Path, largest: int = LARGEST) -> bytes:
    """All bytes of a regular file.

    Raises:
        DataError: as for `size_of`; it is larger than `largest` bytes, or cannot be read.
    """
    if (size := size_of(path)) > largest:
        raise DataError(f"{path} has {size} bytes, at most {largest} are read: is it the right file?")
    try:
        # One read of the whole file: for thousands of small files that beats a second open for the tail.
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def read_json(path: Path) -> Any:
    """The content of a JSON file; numbers may be too large or no numbers, as Python's parser lets them.

    Raises:
        DataError: as for `content`; it is no JSON, is nested too deeply, or an object has a key twice.
    """
    try:
        return json.loads(content(path, LARGEST_JSON), object_pairs_hook=once)
    except RecursionError as error:
        raise DataError(f"{path} is not valid JSON for this (nested too deeply): {REMEDY}") from error
    except (ValueError, MemoryError) as error:
        raise DataError(f"{path} is not valid JSON ({reason(error)}): {REMEDY}") from error


def files_id(folder: Path, by_size: Iterable[Path], by_content: Iterable[Path]) -> str:
    """Hash of the names and sizes of large files and of the names and contents of small ones.

    Images are identified by size alone: reading them all would take longer than the check may.

    Raises:
        DataError: one of the files is missing or is no file.
    """
    sizes = [f"{path.relative_to(folder).as_posix()} {size_of(path)}" for path in by_size]
    contents = [
        f"{path.relative_to(folder).as_posix()} {hashlib.sha256(content(path)).hexdigest()}" for path in by_content
    ]
    return short_hash(*(line.encode() for line in sorted(sizes) + sorted(contents)))


def short_hash(*chunks: bytes) -> str:
    """First 16 hexadecimal digits of the sha256 of the length-prefixed chunks."""
    digest = hashlib.sha256()
    for chunk in chunks:
        # Without the length, ("ab", "c") and ("a", "bc") would share a hash.
        digest.update(len(chunk).to_bytes(8, "little"))
        digest.update(chunk)
    return digest.hexdigest()[:16]


def reason(error: Exception) -> str:
    """What a library says of a damaged file, in one line that is not too long."""
    return textwrap.shorten(str(error) or type(error).__name__, 200, placeholder=" ...")


def _require_unicode(folder: Path, name: str) -> None:
    if not is_unicode(name):
        raise DataError(f"{folder} holds a name that is not UTF-8, {os.fsencode(name)!r}: rename it")


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, FileNotFoundError):
        what = "is a link that leads nowhere" if path.is_symlink() else "is missing"
        return DataError(f"{path} {what}: {REMEDY}")
    why = error.strerror if isinstance(error, OSError) else reason(error)
    return DataError(f"{path} cannot be read ({why}): {REMEDY}")
