"""Files and folders that appear complete or not at all: made in a scratch folder beside their place, then renamed.

Nobody ever reads half of one, whoever is stopped when; several processes may write the same one at a time.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from supertickets.scratch import scratch


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """Write a file, in the place of one that is there; its folder is made if need be.

    Raises:
        OSError: when it cannot be written; what was there before is as it was.
    """
    with scratch(path.parent) as temporary:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)


def write_csv(path: Path, columns: Iterable[str], lines: Iterable[Mapping[str, object]]) -> None:
    """Write lines, column -> cell, under a heading as `write_atomically` does; the same lines give the same bytes.

    Raises:
        OSError: when it cannot be written.
        ValueError: for a line with other columns.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    write_atomically(path, text.getvalue().encode())


@contextmanager
def folder_atomically(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path` to be filled, and rename it to `path` when the block ends without an error.

    A folder that is there by then stays, and the new one is dropped: for content that is the same whoever makes it.

    Raises:
        OSError: when it cannot be written, or something else than a folder is there.
    """
    with scratch(path.parent) as temporary:
        temporary.mkdir()
        yield temporary
        try:
            temporary.rename(path)
        except OSError:
            if path.is_symlink() or not path.is_dir():
                raise


def require_writable(folder: Path) -> None:
    """Make a folder if need be and try to write to it, before minutes are spent on what goes there.

    Raises:
        OSError: when it cannot be written; its message has the remedy.
    """
    nearest = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    if os.path.lexists(nearest) and not nearest.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "it is no folder: give another place", str(nearest))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            error.errno, f"nothing can be written there ({error.strerror}): give another place", str(folder)
        ) from error


def require_file(path: Path) -> None:
    """Refuse a place where a file cannot be written, before minutes are spent on what goes there.

    Raises:
        OSError: a folder is there, or the folder that it goes to cannot be written.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder: give the name of a file", str(path))
    require_writable(path.parent)


def set_aside(path: Path, place: Path) -> Path:
    """Move a file or folder to `place`, or beside it under a number: what was put there before stays, too.

    Returns:
        Where it is now.

    Raises:
        OSError: it cannot be moved.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    places = (place.with_name(f"{place.name}-{number}" if number > 1 else place.name) for number in count(1))
    free = next(place for place in places if not os.path.lexists(place))
    return path.rename(free)
