"""Files and folders that appear complete or not at all: made under a temporary name beside their place, then renamed.

Nobody ever reads half of one, whoever is stopped when; several processes may write the same one at a time.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file, in the place of one that is there; its folder is made if need be.

    Raises:
        OSError: when it cannot be written; what was there before is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


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
        OSError: when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    temporary.mkdir()
    try:
        yield temporary
        try:
            temporary.rename(path)
        except OSError:
            if not path.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def require_writable(folder: Path) -> None:
    """Make a folder if need be and try to write to it, before minutes are spent on what goes there.

    Raises:
        OSError: when it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def remove_folder(path: Path) -> None:
    """Take a folder away in one step, so that nobody sees it half deleted; nothing happens where there is none."""
    doomed = _beside(path)
    try:
        path.rename(doomed)
    except FileNotFoundError:
        return
    shutil.rmtree(doomed, ignore_errors=True)


def _beside(path: Path) -> Path:
    """A hidden name in the same folder that no other process or thread has."""
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
