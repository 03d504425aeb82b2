"""A table in the paper's own layout, measured beside printed, for the terminal and as Markdown.

Both share one grid of texts. A printed number appears only in round brackets behind a measured one (or behind the
words `not run`), an interval only in square brackets; one block per data set keeps the terminal within 100 columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paper_tables.metrics import Metric
from paper_tables.profiles import BANNERS
from paper_tables.records import NOT_PRINTED, NOT_RUN, ONE_SEED, Record
from paper_tables.table import Role, Table

if TYPE_CHECKING:
    from rich.console import Console

LEGEND = (
    "measured mean (printed in the paper) and [95 % percentile-bootstrap interval over the seeds]; n = seeds; "
    "at n = 3 the interval is the range of the seeds, at n = 1 there is none"
)
_CHECK = "✓"


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
    for reason in _reasons(table, records):
        console.print(Text(reason))
    console.print(Text(f"\n{LEGEND}"))


def to_markdown(table: Table, records: Sequence[Record]) -> str:
    """Return a table as Markdown, ending in a newline; arguments and errors are those of `to_terminal`."""
    lines = [f"### {_heading(table)}", "", f"**{_banner(records)}**", ""]
    for block in _blocks(table, records):
        lines += [f"**{block.title}**", "", _markdown_row(block.header), "|" + " --- |" * len(block.header)]
        lines += [_markdown_row(row) for row in block.rows]
        lines.append("")
    if reasons := _reasons(table, records):
        lines += [*(f"- {reason}" for reason in reasons), ""]
    lines.append(f"{LEGEND[0].upper()}{LEGEND[1:]}.")
    return "\n".join(lines) + "\n"


def _heading(table: Table) -> str:
    return f"{table.paper_ref}: {table.title} ({table.name}, version {table.version})"


def _banner(records: Sequence[Record]) -> str:
    profiles = sorted({record.profile for record in records})
    if len(profiles) != 1:
        raise ValueError(f"a rendered table shows one profile, not {', '.join(profiles) or 'none'}")
    return BANNERS[profiles[0]]


def _reasons(table: Table, records: Sequence[Record]) -> list[str]:
    """Return why cells are empty, once per data set and method, in the table's order."""
    found = {(r.role, r.row, r.not_run): r.method for r in records if r.not_run is not None}
    roles, rows = [role.name for role in table.roles], [row.key for row in table.rows]
    ordered = sorted(found, key=lambda cell: (roles.index(cell[0]), rows.index(cell[1]), cell[2]))
    return [f"{NOT_RUN}: {found[cell]}, {cell[0]}: {cell[2]}" for cell in ordered]


def _markdown_row(cells: Iterable[Iterable[str]]) -> str:
    return "| " + " | ".join(" ".join(cell).replace("|", "\\|") for cell in cells) + " |"


def _blocks(table: Table, records: Sequence[Record]) -> Iterator[_Block]:
    by_key = {record.key: record for record in records}
    for role in table.roles:
        here = [record for record in records if record.role == role.name]
        data_sets = sorted({record.data_set for record in here} - {NOT_RUN}) or [NOT_RUN]
        targets = sorted({record.sparsity for record in here}) or [role.sparsity]
        sparsity = ", ".join(f"{100 * target:g} %" for target in targets)
        yield _printed(table, role, by_key, f"{role.name} (measured on: {', '.join(data_sets)}), sparsity {sparsity}")
        if table.costs:
            yield _costs(table, role, by_key)


def _printed(table: Table, role: Role, by_key: Mapping[tuple[str, str, str], Record], title: str) -> _Block:
    """The paper's block: check marks, then measured (printed) with the interval below."""
    marks = [(mark,) for mark in table.marks]
    rows = []
    for row in table.rows:
        found = [by_key.get((row.key, role.name, metric.key)) for metric in role.metrics]
        checks = [(_CHECK if mark else "",) for mark in row.marks]
        rows.append(((row.label,), *checks, *map(_cell, found), (_count(found),)))
    return _Block(title, (("Method",), *marks, *map(_unit, role.metrics), ("n",)), tuple(rows))


def _costs(table: Table, role: Role, by_key: Mapping[tuple[str, str, str], Record]) -> _Block:
    """What the paper does not print; rows go by their full names, intervals stay in the CSV for want of room."""
    rows = []
    for row in table.rows:
        found = [by_key.get((row.key, role.name, metric.key)) for metric in table.costs]
        means = [(record.line()["value"] if record else NOT_RUN,) for record in found]
        rows.append(((row.method,), *means, (_count(found),)))
    title = f"{role.name}: costs, measured only (means over the seeds; the intervals are in the CSV)"
    return _Block(title, (("Method",), *map(_unit, table.costs), ("n",)), tuple(rows))


def _unit(metric: Metric) -> tuple[str, ...]:
    return metric.label, {"percent": "[%]", "mparams": "[M]", "gmacs": "[G]"}[metric.unit]


def _count(records: Iterable[Record | None]) -> str:
    return "/".join(str(n) for n in sorted({len(record.by_seed) if record else 0 for record in records}))


def _cell(record: Record | None) -> tuple[str, ...]:
    if record is None:
        return (NOT_RUN,)
    line = record.line()
    beside = f"({record.paper_value})" if record.paper_value else f"({NOT_PRINTED})"
    if record.not_run is not None:
        return line["value"], beside
    low, high = line["ci_low"], line["ci_high"]
    return f"{line['value']} {beside}", low if low == ONE_SEED else f"[{low}, {high}]"
