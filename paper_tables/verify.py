"""Comparing a regenerated table with the stored CSV, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paper_tables.records import Record, RecordError, in_words, read


def differences(path: Path, found: Sequence[Record]) -> list[str]:
    """What differs between the CSV at `path` and `found`, one line per cell and column; empty when nothing does."""
    try:
        stored = {record.key: record.line() for record in read(path)}
    except FileNotFoundError:
        return [f"{path} does not exist: run the command without --check to write it"]
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
