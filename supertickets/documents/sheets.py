"""CSV files: a schema says as data what the columns hold, and one function reads every file by its schema."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supertickets.documents.cells import Kind
from supertickets.documents.cells import text as any_text
from supertickets.documents.texts import DocumentError, read_text


@dataclass(frozen=True)
class Schema:
    """What a kind of CSV holds.

    Attributes:
        columns: name -> kind of its cells.
        remedy: what to do about a file that does not fit.
        key: columns that no two lines have alike; none when empty.
        exact: whether the file has these columns in this order and no others; else it may have more, of any text.
        absent: column -> what is taken to stand in it where a file lacks it, as older ones do.
    """

    columns: Mapping[str, Kind]
    remedy: str
    key: tuple[str, ...] = ()
    exact: bool = True
    absent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of a CSV.

    Attributes:
        path, number: where it stands.
        texts: column -> text, in the file's order.
        values: column -> what the schema's kinds make of it.
        remedy: the schema's.
    """

    path: Path
    number: int
    texts: Mapping[str, str]
    values: Mapping[str, Any]
    remedy: str

    def error(self, problem: str, column: str = "") -> DocumentError:
        """Return the error that names this line, and a column of it."""
        place = f"column {column}" if column else ""
        return DocumentError(self.path, problem, self.remedy, self.number, place)


def read_sheet(path: Path, schema: Schema) -> list[Line]:
    """Return the lines of a CSV below its heading, one at least.

    Raises:
        DocumentError: naming file, line and column, for a file that is no text or no CSV, was cut, has other columns
            than the schema or one of them twice, a cell that is blank or not of its kind, or a key twice.
    """
    content = read_text(path, schema.remedy)
    rows = _rows(path, content, schema)
    try:
        number, heading = next(rows)
    except StopIteration:
        raise DocumentError(path, "is empty", schema.remedy) from None
    _check_heading(path, number, heading, schema)
    found: list[Line] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in rows:
        line = _line(path, number, heading, cells, schema)
        key = tuple(line.texts[column] for column in schema.key)
        if schema.key and seen.setdefault(key, number) != number:
            raise line.error(f"{' / '.join(key)} occurs twice, first in line {seen[key]}", " and ".join(schema.key))
        found.append(line)
    if not found:
        raise DocumentError(path, "has a heading and no line", schema.remedy)
    if not content.endswith("\n"):
        raise DocumentError(path, "was cut: its last line has no end", schema.remedy, found[-1].number)
    return found


def _rows(path: Path, content: str, schema: Schema) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise DocumentError(path, f"is no CSV: {error}", schema.remedy, rows.line_num) from error


def _check_heading(path: Path, number: int, heading: list[str], schema: Schema) -> None:
    if twice := [name for name in heading if heading.count(name) > 1]:
        raise DocumentError(path, f"column {twice[0]} occurs twice", schema.remedy, number)
    if schema.exact and heading != list(schema.columns):
        problem = f"the columns have to be {','.join(schema.columns)}, not {','.join(heading)}"
        raise DocumentError(path, problem, schema.remedy, number)
    if lacking := [name for name in schema.columns if name not in heading and name not in schema.absent]:
        raise DocumentError(path, f"no column {', '.join(lacking)}", schema.remedy, number)


def _line(path: Path, number: int, heading: list[str], cells: list[str], schema: Schema) -> Line:
    if len(cells) != len(heading):
        raise DocumentError(path, f"{len(cells)} columns instead of {len(heading)}", schema.remedy, number)
    texts = dict(zip(heading, cells, strict=True))
    for column, standing in schema.absent.items():
        texts.setdefault(column, standing)
    line = Line(path, number, texts, values := {}, schema.remedy)
    for column, cell in texts.items():
        try:
            any_text(cell)
            values[column] = schema.columns.get(column, any_text)(cell)
        except ValueError as error:
            raise line.error(str(error), column) from error
    return line
