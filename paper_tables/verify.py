"""Looking at the stored CSV of a table: what differs from a regenerated one, and how many seeds it has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paper_tables.records import Record, in_words, read
from supertickets.documents.texts import present


def differences(path: Path, found: Sequence[Record]) -> list[str]:
    """What differs between the CSV at `path` and `found`, one line per cell and column; empty when nothing does.

    Raises:
        DocumentError: for a CSV that cannot be read.
    """
    stored = {record.key: record.line() for record in read(path)}
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
            "other processors, kernels and library versions round differently; the .json beside the CSV says its origin"
        )
    return lines


def seeds_in(path: Path) -> int:
    """The largest number of seeds of a cell of the CSV at `path`; 0 when there is none.

    Raises:
        DocumentError: for a CSV that cannot be read.
    """
    return max(len(record.by_seed) for record in read(path)) if present(path) else 0
