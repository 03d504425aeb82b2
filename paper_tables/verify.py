"""Looking at the stored CSV of a table: what differs from a regenerated one, and how many seeds it has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paper_tables.records import Record, RecordError, in_words, read


def differences(path: Path, found: Sequence[Record]) -> list[str]:
    """What differs between the CSV at `path` and `found`, one line per cell and column; empty when nothing does."""
    try:
        stored = {record.key: record.line() for record in read(path)}
    except RecordError as error:
        return [str(error)]
    lines = []
    for record in found:
        line, old = record.line(), stored.pop(record.key, None)
        where = in_words(record.key)
        if old is None:
            lines.append(f"{path}: lacks {where}")
            continue
        lines += [
            f"{where}, {column}: stored {old[column]}, now {line[column]}"
            for column in line
            if old[column] != line[column]
        ]
    lines += [f"{path}: {in_words(key)} is stored, but no cell of the table" for key in stored]
    if lines:
        lines.append(
            "other processors and library versions round differently; see the .json beside the CSV for its origin"
        )
    return lines


def seeds_in(path: Path) -> int:
    """The largest number of seeds of a cell of the CSV at `path`; 0 when it cannot be read."""
    try:
        return max((len(record.by_seed) for record in read(path)), default=0)
    except (FileNotFoundError, RecordError):
        return 0
