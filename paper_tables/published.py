"""The numbers as the paper prints them, one file per table in `published/`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from paper_tables.table import Table

FOLDER = Path(__file__).parent / "published"
COLUMNS = ("row", "role", "metric", "value", "paper_ref")


@dataclass(frozen=True)
class Printed:
    """One printed cell: its text, digits untouched, in the metric's unit, and where it stands."""

    text: str
    paper_ref: str


def load(table: Table, folder: Path = FOLDER) -> Mapping[tuple[str, str, str], Printed]:
    """Return (row key, role name, metric key) -> printed cell.

    Raises:
        FileNotFoundError: when the table has no file of printed numbers.
        ValueError: naming file and line, for a cell the table does not have, a repeated one, or one that is no number.
    """
    path = folder / f"{table.name}.csv"
    cells: dict[tuple[str, str, str], Printed] = {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        if tuple(next(lines, ())) != COLUMNS:
            raise ValueError(f"{path}:1: the columns have to be {','.join(COLUMNS)}")
        for line in lines:
            try:
                row, role, metric, text, paper_ref = line
                table.row(row)
                if metric not in {known.key for known in table.metrics(table.role(role))}:
                    raise KeyError(f"table {table.name} has no metric {metric!r} on {role}")
                if not isfinite(float(text)):
                    raise ValueError(f"{text!r} is no finite number")
                if (row, role, metric) in cells:
                    raise ValueError("the cell occurs twice")
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path}:{lines.line_num}: {error.args[0]}") from error
            cells[row, role, metric] = Printed(text, paper_ref)
    return cells
