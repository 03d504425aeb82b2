"""The numbers as the paper prints them, one file per table in `published/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paper_tables.table import Address, Table
from supertickets.documents import cells
from supertickets.documents.sheets import Schema, read_sheet
from supertickets.documents.texts import DocumentError, present

FOLDER = Path(__file__).parent / "published"
NO_SOURCE = "none"

SCHEMA = Schema(
    {
        "row": cells.text,
        "role": cells.text,
        "source": cells.unless((NO_SOURCE,), cells.text),
        "sparsity": cells.number(0, 0.99),
        "metric": cells.text,
        "value": cells.decimal,
        "paper_ref": cells.matching(
            "(Object recognition, )?Tab[.] [0-9]{1,3}",
            "table of a paper, such as 'Tab. 1'",
        ),
    },
    remedy="restore the file: it has what the paper prints",
)
COLUMNS = tuple(SCHEMA.columns)


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
        DocumentError: naming file and line, for what does not fit the schema, and for a repeated cell.
    """
    printed: dict[tuple[Address, str], Printed] = {}
    for line in read_sheet(path, SCHEMA):
        found = line.values
        address = Address(found["row"], found["role"], round(100 * found["sparsity"]), found["source"])
        if (address, found["metric"]) in printed:
            raise line.error("the cell occurs twice")
        printed[address, found["metric"]] = Printed(line.texts["value"], found["paper_ref"])
    return printed


def load(table: Table, folder: Path = FOLDER) -> Numbers:
    """Return the printed cells of a table; none when it has no file, as a table of our own need not have.

    Raises:
        DocumentError: naming the file, for what `read` refuses and for a cell that the table does not have.
    """
    path = folder / f"{table.name}.csv"
    printed = read(path) if present(path) else {}
    known = {(column.at(row), metric.key) for row, column in table.cells() for metric in table.metrics(column)}
    if foreign := [f"{address}, {metric}" for address, metric in printed if (address, metric) not in known]:
        raise DocumentError(path, f"table {table.name} has no cell {foreign[0]}", SCHEMA.remedy)
    return printed
