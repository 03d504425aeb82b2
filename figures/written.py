"""Tables with columns of their own, as figures read them: lines of text, and pictures in a folder beside them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.reading import ResultsError

Lines = Sequence[Mapping[str, str]]
"""Lines of a CSV, column -> text."""


@dataclass(frozen=True)
class Written:
    """A table's lines, and the folder of the pictures that they name."""

    lines: Lines
    pictures: Path


def read_written(path: Path) -> Written:
    """Return what a written table's CSV says.

    Raises:
        ResultsError: as `read_lines` does.
    """
    return Written(read_lines(path), path.with_suffix(""))


def read_lines(path: Path) -> Lines:
    """Return a CSV's lines.

    Raises:
        ResultsError: a file without lines, or with a line that lacks a cell.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    if not lines or any(None in line or None in line.values() or "" in line.values() for line in lines):
        raise ResultsError(f"{path}: no lines, or one that does not fill its columns; write it again")
    return lines
