"""A result CSV as grids of text: a block per data set, measured beside printed, digits as they stand in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.data_sets import in_words as data_set_in_words
from figures.metrics import ACCURACIES, LABELS, SYMBOLS
from figures.reading import Cell, read_lines
from supertickets.documents.sheets import Line

_NOWHERE = "not run"
"""What stands for the data set of a net that is counted and not trained."""


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
    """A method at one sparsity.

    Attributes:
        method: its name.
        sparsity: in percent.
        n: number of seeds.
        values: one per column, or None.
        seeds: which they are, such as "0, 1, 2"; empty when not run.
        by_seed: (metric with its unit, value of every seed) per column that was run.
    """

    method: str
    sparsity: str
    n: str
    values: Sequence[Value | None]
    seeds: str
    by_seed: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Grid:
    """Some metrics of one data set's place in a table: how good the nets are, or what they cost."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Block:
    """One data set's place in a table, the data it was measured on, and why what was not run was not."""

    role: str
    data_set: str
    grids: Sequence[Grid]
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
    data_sets = sorted({data_set_in_words(cell.data_set) for cell, _ in found if cell.mean is not None} - {_NOWHERE})
    measured_on = " / ".join(data_sets) or "nothing yet"
    kinds = {
        f"{role}, measured on {measured_on}": [metric for metric in metrics if metric in ACCURACIES],
        f"{role}: costs": [metric for metric in metrics if metric not in ACCURACIES],
    }
    grids = [_grid(title, own, found) for title, own in kinds.items() if own]
    return Block(role, measured_on, grids, _reasons(found))


def _grid(title: str, metrics: Sequence[str], found: Sequence[tuple[Cell, Line]]) -> Grid:
    columns = []
    for metric in metrics:
        own = [cell for cell, _ in found if cell.metric == metric]
        unit = SYMBOLS[own[0].unit]
        columns.append(Column(LABELS[metric], unit, any(cell.printed is not None for cell in own)))
    by_row: dict[tuple[str, str, float], dict[str, tuple[Cell, Line]]] = {}
    for cell, line in found:
        by_row.setdefault((cell.row, cell.source, cell.sparsity), {})[cell.metric] = cell, line
    return Grid(title, columns, [_row(own, metrics) for own in by_row.values()])


def _row(own: dict[str, tuple[Cell, Line]], metrics: Sequence[str]) -> Row:
    first = next(iter(own.values()))[0]
    counts = sorted({line.values["n_seeds"] for _, line in own.values()})
    values = [_value(*own[metric]) if metric in own else None for metric in metrics]
    run = [own[metric] for metric in metrics if metric in own and own[metric][0].mean is not None]
    by_seed = [(_heading(cell), line.texts["seed_values"].replace(";", ", ")) for cell, line in run]
    seeds = run[0][1].texts["seeds"].replace(";", ", ") if run else ""
    return Row(first.name, f"{100 * first.sparsity:g}", "/".join(map(str, counts)), values, seeds, by_seed)


def _heading(cell: Cell) -> str:
    return f"{LABELS[cell.metric]} [{SYMBOLS[cell.unit]}]"


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
