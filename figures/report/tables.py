"""A result CSV as grids of text: a block per data set, measured beside printed, digits as they stand in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.metrics import LABELS, SYMBOLS
from figures.reading import Cell, read_lines
from supertickets.documents.sheets import Line


@dataclass(frozen=True)
class Value:
    """One cell: the measured mean, its interval (empty: none) and the printed number (empty: none printed)."""

    mean: str
    interval: str
    printed: str
    measured: bool


@dataclass(frozen=True)
class Column:
    """A metric: its name, its unit, and whether the paper prints it for any row of the block."""

    name: str
    unit: str
    printed: bool


@dataclass(frozen=True)
class Row:
    """A method at one sparsity: its name, sparsity in percent, number of seeds, and a value per column or None."""

    method: str
    sparsity: str
    seeds: str
    values: Sequence[Value | None]


@dataclass(frozen=True)
class Block:
    """One data set's place in a table, the data it was measured on, and why what was not run was not."""

    role: str
    data_set: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    reasons: Sequence[str]


@dataclass(frozen=True)
class Table:
    """What one result CSV says.

    Attributes:
        path: the file.
        version: version of the table.
        blocks: one per data set.
        cells: the same as numbers.
    """

    path: Path
    version: int
    blocks: Sequence[Block]
    cells: Sequence[Cell]


def read(path: Path) -> Table:
    """Return what a result CSV says; errors are those of `figures.reading.read_lines`."""
    found = read_lines(path)
    cells = [cell for cell, _ in found]
    roles = dict.fromkeys(cell.role for cell in cells)
    blocks = [_block(role, [pair for pair in found if pair[0].role == role]) for role in roles]
    return Table(path, cells[0].version, blocks, cells)


def _block(role: str, found: Sequence[tuple[Cell, Line]]) -> Block:
    metrics = list(dict.fromkeys(cell.metric for cell, _ in found))
    columns = []
    for metric in metrics:
        own = [cell for cell, _ in found if cell.metric == metric]
        unit = SYMBOLS[own[0].unit]
        columns.append(Column(LABELS[metric], unit, any(cell.printed is not None for cell in own)))
    by_row: dict[tuple[str, str, float], dict[str, tuple[Cell, Line]]] = {}
    for cell, line in found:
        by_row.setdefault((cell.row, cell.source, cell.sparsity), {})[cell.metric] = cell, line
    rows = [_row(own, metrics) for own in by_row.values()]
    data_sets = sorted({cell.data_set for cell, _ in found if cell.mean is not None})
    return Block(role, " / ".join(data_sets) or "nothing yet", columns, rows, _reasons(found))


def _row(own: dict[str, tuple[Cell, Line]], metrics: Sequence[str]) -> Row:
    first = next(iter(own.values()))[0]
    counts = sorted({line.values["n_seeds"] for _, line in own.values()})
    values = [_value(*own[metric]) if metric in own else None for metric in metrics]
    return Row(first.name, f"{100 * first.sparsity:g}", "/".join(map(str, counts)), values)


def _value(cell: Cell, line: Line) -> Value:
    interval = "" if cell.interval is None else f"[{line.texts['ci_low']}, {line.texts['ci_high']}]"
    printed = "" if cell.printed is None else line.texts["paper_value"]
    return Value(line.texts["value"], interval, printed, cell.mean is not None)


def _reasons(found: Sequence[tuple[Cell, Line]]) -> list[str]:
    """Return why rows were not run, each reason once with everything it holds for."""
    why: dict[str, list[str]] = {}
    for cell, line in found:
        if cell.mean is None:
            where = why.setdefault(line.texts["status"].removeprefix("not run: "), [])
            name = f"{cell.name} at {100 * cell.sparsity:g} %"
            if name not in where:
                where.append(name)
    return [f"{', '.join(names)}: {reason}" for reason, names in why.items()]
