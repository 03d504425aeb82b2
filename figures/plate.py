"""Plates: figures drawn from an exhibit's files instead of a table, and where to find all of them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from figures.reading import ResultsError
from supertickets.discovery import Definitions

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

Lines = Sequence[Mapping[str, str]]
"""Lines of an exhibit's CSV, column -> text."""


@dataclass(frozen=True)
class Plate:
    """A figure of an exhibit.

    Attributes:
        name: file name without suffix, which is the exhibit's too.
        title: for the files' metadata.
        draw: from (lines, folder of the exhibit's pictures, profile) to a matplotlib figure.
        folder: of an exhibit that belongs to no profile: below the results, and below the rendered figures.
    """

    name: str
    title: str
    draw: Callable[[Lines, Path, str], Drawing]
    folder: str = ""


def plates() -> dict[str, Plate]:
    """Return plate name -> plate: every module of this package that has a module-level `PLATE`."""
    return dict(sorted(Definitions("PLATE", "figures").by("name").items()))


def read_lines(path: Path) -> Lines:
    """Return an exhibit's lines.

    Raises:
        ResultsError: a file without lines, or with a line that lacks a cell.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    if not lines or any(None in line or None in line.values() or "" in line.values() for line in lines):
        raise ResultsError(f"{path}: no lines, or one that does not fill its columns; write it again")
    return lines


def fingerprint(lines: Lines) -> str:
    """12 hexadecimal digits that change with anything the lines say."""
    return hashlib.sha256(repr([tuple(line.items()) for line in lines]).encode()).hexdigest()[:12]


def describe_plate(lines: Lines) -> str:
    """What a plate was made from, for its metadata."""
    first = lines[0]
    ids = " ".join(sorted({line.get("experiment_id", "none") for line in lines} - {"none"})) or "none"
    return (
        f"profile: {first.get('profile', 'none')}; exhibit: {first['exhibit']} v{first['version']}; "
        f"experiments: {ids}; fingerprint: {fingerprint(lines)}"
    )
