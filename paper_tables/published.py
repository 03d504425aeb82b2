"""The numbers as the paper prints them, one file per table in `published/`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from paper_tables.table import Address, Table

FOLDER = Path(__file__).parent / "published"
COLUMNS = ("row", "role", "source", "sparsity", "metric", "value", "paper_ref")
NO_SOURCE = "none"


@dataclass(frozen=True)
class Printed:
    """One printed cell: its text, digits untouched, in the metric's unit, and where it stands."""

    text: str
    paper_ref: str


Numbers = Mapping[tuple[Address, str], Printed]
"""(cell, metric key) -> what is printed there."""


def read(path: Path) -> dict[tuple[Address, str], Printed]:
    """Return the cells of one file, whatever table they belong to.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: naming file and line, for other columns, a repeated cell, or a value that is no number.
    """
    cells: dict[tuple[Address, str], Printed] = {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        if tuple(next(lines, ())) != COLUMNS:
            raise ValueError(f"{path}:1: the columns have to be {','.join(COLUMNS)}")
        for line in lines:
            try:
                row, role, source, sparsity, metric, text, paper_ref = line
                if not isfinite(float(text)):
                    raise ValueError(f"{text!r} is no finite number")
                address = Address(row, role, round(100 * float(sparsity)), None if source == NO_SOURCE else source)
                if (address, metric) in cells:
                    raise ValueError("the cell occurs twice")
            except ValueError as error:
                raise ValueError(f"{path}:{lines.line_num}: {error.args[0]}") from error
            cells[address, metric] = Printed(text, paper_ref)
    return cells


def load(table: Table, folder: Path = FOLDER) -> Numbers:
    """Return the printed cells of a table; none when it has no file, as a table of our own need not have.

    Raises:
        ValueError: naming the file, for what `read` refuses and for a cell that the table does not have.
    """
    path = folder / f"{table.name}.csv"
    cells = read(path) if path.exists() else {}
    known = {(column.at(row), metric.key) for row, column in table.cells() for metric in table.metrics(column)}
    if foreign := [f"{address}, {metric}" for address, metric in cells if (address, metric) not in known]:
        raise ValueError(f"{path}: table {table.name} has no cell {foreign[0]}")
    return cells
