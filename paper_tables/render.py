"""A table in the paper's own layout, measured beside printed, for the terminal and as Markdown.

Both share one grid of texts. A printed number appears only in round brackets behind a measured one (or behind the
words `not run`), a t-interval only in square brackets; one block per data set and sparsity, or per data set and metric
where there are many sparsities, keeps the terminal within 100 columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paper_tables.metrics import Metric
from paper_tables.profiles import BANNERS
from paper_tables.records import NOT_PRINTED, NOT_RUN, Record
from paper_tables.table import Address, Column, Row, Table

if TYPE_CHECKING:
    from rich.console import Console

LEGEND = (
    "measured mean (printed in the paper) and [95 % t-interval over n seeds], which knows no bounds of a metric; "
    "n = 2: lowest..highest, the range and no interval; printed FLOPs stand under MACs official, printed parameters "
    "under params non-zero"
)
_CHECK = "✓"
_BESIDE = 2
"""Up to so many sparsities of a data set get a block each; more are a curve."""
_WIDE = 6
"""Metrics or costs that stand side by side; more go into further blocks."""

_ByKey = Mapping[tuple[Address, str], Record]


@dataclass(frozen=True)
class _Block:
    """A grid with a heading: one data set's printed metrics, or its costs. A heading and a cell are lines of text."""

    title: str
    header: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]


def to_terminal(table: Table, records: Sequence[Record], console: Console) -> None:
    """Print a table; readable from 100 columns on.

    Args:
        table: the layout.
        records: all of one profile's records of this table, in any order.
        console: where to print.

    Raises:
        ValueError: when the records are of no profile or of several.
    """
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    console.print(Text(_heading(table), style="bold"))
    console.print(Text(_banner(records), style="bold reverse"))
    for block in _blocks(table, records):
        console.print(Text(f"\n{block.title}"))
        grid = Grid(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
        for heading in block.header:
            # Below 100 columns a number may break at its spaces, but no digit is ever cut off.
            grid.add_column(Text("\n".join(heading)), overflow="fold")
        for row in block.rows:
            grid.add_row(*(Text("\n".join(cell)) for cell in row))
        console.print(grid)
    for remark in _remarks(table, records):
        console.print(Text(remark))
    console.print(Text(f"\n{LEGEND}"))


def to_markdown(table: Table, records: Sequence[Record]) -> str:
    """Return a table as Markdown, ending in a newline; arguments and errors are those of `to_terminal`."""
    lines = [f"### {_heading(table)}", "", f"**{_banner(records)}**", ""]
    for block in _blocks(table, records):
        lines += [f"**{block.title}**", "", _markdown_row(block.header), "|" + " --- |" * len(block.header)]
        lines += [_markdown_row(row) for row in block.rows]
        lines.append("")
    if remarks := _remarks(table, records):
        lines += [*(f"- {remark}" for remark in remarks), ""]
    lines.append(f"{LEGEND[0].upper()}{LEGEND[1:]}.")
    return "\n".join(lines) + "\n"


def _heading(table: Table) -> str:
    return f"{table.paper_ref}: {table.title} ({table.name}, version {table.version})"


def _banner(records: Sequence[Record]) -> str:
    profiles = sorted({record.profile for record in records})
    if len(profiles) != 1:
        raise ValueError(f"a rendered table shows one profile, not {', '.join(profiles) or 'none'}")
    return BANNERS[profiles[0]]


def _remarks(table: Table, records: Sequence[Record]) -> list[str]:
    """Return the table's note, then why cells are empty, once per data set and method, in the table's order."""
    order = {column.at(row): i for i, (row, column) in enumerate(table.cells())}
    found: dict[tuple[str, str, str], None] = {}
    for record in sorted(records, key=lambda record: order[record.address]):
        if record.not_run is not None:
            found[record.method, record.role, record.not_run] = None
    reasons = [f"{NOT_RUN}: {method}, {role}: {reason}" for method, role, reason in found]
    return [table.note, *reasons] if table.note else reasons


def _markdown_row(cells: Iterable[Iterable[str]]) -> str:
    return "| " + " | ".join(" ".join(cell).replace("|", "\\|") for cell in cells) + " |"


def _blocks(table: Table, records: Sequence[Record]) -> Iterator[_Block]:
    by_key = {record.key: record for record in records}
    for role in table.roles:
        columns = [column for column in table.columns if column.role == role]
        measured_on = sorted({record.data_set for record in records if record.role == role} - {NOT_RUN}) or [NOT_RUN]
        title = f"{role} (measured on: {', '.join(measured_on)})"
        sparsities = list(dict.fromkeys(column.sparsity for column in columns if column.sparsity))
        if len(sparsities) > _BESIDE:
            yield from _curves(table, columns, by_key, title)
            continue
        for sparsity in sparsities:
            # Networks of other works are dense and stand beside the sparse ones, as in the paper.
            chosen = [column for column in columns if column.sparsity in (0, sparsity)]
            sources = {column.source for column in chosen}
            transfer = f", tickets from {chosen[0].source}" if len(sources) == 1 and chosen[0].source else ""
            for some in _in_blocks(chosen[0].metrics):
                yield _printed(table, chosen, by_key, f"{title}, sparsity {sparsity} %{transfer}", some)
            for some in _in_blocks(table.costs):
                what = f"{role}, sparsity {sparsity} %: costs (means over the seeds)"
                yield _costs(table, chosen, by_key, what, some)


def _in_blocks(metrics: Sequence[Metric]) -> Iterator[Sequence[Metric]]:
    yield from (metrics[first : first + _WIDE] for first in range(0, len(metrics), _WIDE))


def _lines(table: Table, columns: Sequence[Column]) -> Iterator[tuple[Row, Column]]:
    """Yield the lines of a block: a row stands once per column that has it."""
    for row in table.rows:
        yield from ((row, column) for column in columns if row.stands_in(column))


def _printed(table: Table, columns: Sequence[Column], by_key: _ByKey, title: str, metrics: Sequence[Metric]) -> _Block:
    """The paper's block: check marks, then measured (printed) with the interval below."""
    marks = [(mark,) for mark in table.marks]
    rows = []
    for row, column in _lines(table, columns):
        found = [by_key.get((column.at(row), metric.key)) for metric in metrics]
        checks = [(_CHECK if mark else "",) for mark in row.marks]
        rows.append(((row.method_in(column),), *checks, *map(_cell, found), (_count(found),)))
    return _Block(title, (("Method",), *marks, *map(_unit, metrics), ("n",)), tuple(rows))


def _costs(table: Table, columns: Sequence[Column], by_key: _ByKey, title: str, costs: Sequence[Metric]) -> _Block:
    """What a network costs; rows go by their full names, intervals stay in the CSV for want of room."""
    rows = []
    for row, column in _lines(table, columns):
        found = [by_key.get((column.at(row), metric.key)) for metric in costs]
        rows.append(((row.method_in(column),), *map(_mean, found), (_count(found),)))
    return _Block(title, (("Method",), *map(_unit, costs), ("n",)), tuple(rows))


def _curves(table: Table, columns: Sequence[Column], by_key: _ByKey, title: str) -> Iterator[_Block]:
    """A block per metric, with a column per sparsity: what a figure draws; intervals stay in the CSV."""
    sparsities = sorted({column.sparsity for column in columns})
    sources = list(dict.fromkeys(column.source for column in columns))
    for metric in columns[0].metrics + table.costs:
        rows = []
        for row in table.rows:
            for source in sources:
                points = [column for column in columns if column.source == source and row.stands_in(column)]
                if not points:
                    continue
                found = {column.sparsity: by_key.get((column.at(row), metric.key)) for column in points}
                cells = [_mean(found[sparsity]) if sparsity in found else ("",) for sparsity in sparsities]
                rows.append(((row.method_in(points[0]),), *cells, (_count(found.values()),)))
        heading = (("Method",), *((f"{sparsity} %",) for sparsity in sparsities), ("n",))
        yield _Block(f"{title}: {' '.join(_unit(metric))} at each sparsity", heading, tuple(rows))


def _unit(metric: Metric) -> tuple[str, ...]:
    return metric.label, f"[{metric.symbol}]"


def _count(records: Iterable[Record | None]) -> str:
    return "/".join(str(n) for n in sorted({len(record.by_seed) if record else 0 for record in records}))


def _mean(record: Record | None) -> tuple[str, ...]:
    """A mean without its interval, and the printed number where there is one."""
    if record is None:
        return (NOT_RUN,)
    value = record.line()["value"]
    return (value,) if record.paper_value is None else (value, f"({record.paper_value})")


def _cell(record: Record | None) -> tuple[str, ...]:
    if record is None:
        return (NOT_RUN,)
    value = record.line()["value"]
    beside = f"({record.paper_value})" if record.paper_value else f"({NOT_PRINTED})"
    if record.not_run is not None:
        return value, beside
    return f"{value} {beside}", record.extent
