"""Standard streams that never stop the work: what cannot be shown is dropped, and told at the end.

A reader that has gone, a full disk or a terminal without our letters costs what is printed and nothing else; results
are files of their own.
"""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class LastingFile(io.FileIO):
    """A file descriptor that takes everything; after the first failure, kept in `failure`, it goes nowhere.

    Args:
        descriptor: stays open when the file is closed.
    """

    failure: OSError | None = None

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb", closefd=False)

    def write(self, data: Any, /) -> int:
        while self.failure is None:
            try:
                # None: whoever shares the terminal has asked not to be kept waiting, but we can wait
                if (written := super().write(data)) is not None:
                    return written
                select.select((), (self,), ())
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


@contextmanager
def lasting_streams() -> Iterator[list[LastingFile]]:
    """Put such files below standard output and standard error, in this order; streams that are no files stay.

    Letters that the terminal's encoding lacks become question marks.
    """
    before = sys.stdout, sys.stderr
    files: list[LastingFile] = []
    try:
        sys.stdout, sys.stderr = (_lasting(stream, files) for stream in before)
        yield files
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def _lasting(stream: TextIO | None, files: list[LastingFile]) -> TextIO:
    if stream is None:  # closed by whoever started us; the next file to be opened must not take its number
        return open(os.devnull, "w", encoding="utf-8", errors="replace")  # noqa: PTH123
    try:
        file = LastingFile(stream.fileno())
    except io.UnsupportedOperation:
        return stream
    files.append(file)
    assert isinstance(stream, io.TextIOWrapper)
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        stream.encoding,
        "replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
