"""CSV files of written tables: a header, lines in order, no blank cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from paper_tables.records import RecordError
from supertickets.files import write_csv


def write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Write dicts with equal keys as a CSV, atomically.

    Raises:
        RecordError: no line at all, other columns than the first line's, or a blank cell.
    """
    listed = list(lines)
    if not listed:
        raise RecordError(f"{path}: nothing to write")
    for line in listed:
        if line.keys() != listed[0].keys() or any(not str(cell).strip() for cell in line.values()):
            raise RecordError(f"{path}: {line} does not fill the columns {', '.join(listed[0])}")
    write_csv(path, listed[0], listed)
