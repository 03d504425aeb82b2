"""The content of a file: regular, of bounded size, UTF-8 without surprises. All readers of documents start here."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST_BYTES = 32 << 20
"""None of our documents has more than a few MB."""

_MOST_SHOWN = 300
"""Letters of a complaint: a damaged cell may have millions."""


class DocumentError(ValueError):
    """A file that cannot be used, in one line: file and place, what is wrong there, and what to do about it.

    Args:
        path: the file.
        problem: what is wrong.
        remedy: what to do.
        line: counted from 1; None for the file as a whole.
        place: column or entry; empty for all of the line.
    """

    def __init__(self, path: Path, problem: str, remedy: str, line: int | None = None, place: str = "") -> None:
        where = f"{path}:{line}" if line else f"{path}"
        shown = spelled_out(f", {place}: {problem}" if place else f": {problem}")
        super().__init__(
            f"{spelled_out(where)}{shown[:_MOST_SHOWN]}{'...' if len(shown) > _MOST_SHOWN else ''}; {remedy}"
        )


def present(path: Path) -> bool:
    """Whether anything lies at `path`: what is there and cannot be read is an error, not an absence."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def read_bytes(path: Path, remedy: str) -> bytes:
    """Return a file's content.

    Raises:
        DocumentError: for a file that is missing, unreadable, not regular (a pipe would keep us waiting, a device may
            have no end) or larger than `MOST_BYTES`.
    """

    def without_waiting(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NONBLOCK)

    try:
        with open(path, "rb", opener=without_waiting) as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(MOST_BYTES + 1) if regular else b""
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DocumentError(path, f"cannot be read ({reason})", remedy) from error
    if not regular:
        raise DocumentError(path, "is not a regular file", remedy)
    if len(content) > MOST_BYTES:
        raise DocumentError(path, f"has more than {MOST_BYTES} bytes", remedy)
    return content


def read_text(path: Path, remedy: str) -> str:
    """Return a file's text; line ends stay as they are.

    Raises:
        DocumentError: as `read_bytes`, and for bytes that are no UTF-8, a byte order mark or a NUL.
    """
    content = read_bytes(path, remedy)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(path, f"byte {content[error.start]:#04x} is no UTF-8 text", remedy, line) from error
    for character, name in (("\0", "a NUL"), ("\ufeff", "a byte order mark")):
        if character in text:
            line = text.count("\n", 0, text.index(character)) + 1
            raise DocumentError(path, f"there is {name} in it", remedy, line)
    return text


def spelled_out(text: str) -> str:
    """One line of visible letters: everything is spelled out that a terminal or a browser would act on."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
