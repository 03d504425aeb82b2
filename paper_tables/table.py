"""What a table of the paper consists of: rows (methods), columns (data set, sparsity, source), and a version."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from paper_tables.metrics import COSTS, Metric

CountCosts = Callable[[], Mapping[str, float]]
"""Counts a network of another work: metric key -> cost in the CSV's unit, at the table's input size."""


class CostsUnavailable(Exception):
    """A network that cannot be counted here; the message names what is missing."""


@dataclass(frozen=True)
class Address:
    """A cell without its metric: which row on which data set, at which sparsity, with a ticket from where.

    Attributes:
        row: key of the row.
        role: the paper's name of the data set it is tested on.
        sparsity: target fraction of zero weights, whole percent.
        source: the paper's name of the data set that the ticket was found on and transferred from; None when it is the
            one it is tested on.
    """

    row: str
    role: str
    sparsity: int
    source: str | None = None

    @property
    def direction(self) -> str:
        """The data set or, of a transferred ticket, from where to where."""
        return self.role if self.source is None else f"{self.source} -> {self.role}"

    @property
    def place(self) -> str:
        """The column in words: data set or direction of transfer, and sparsity."""
        return f"{self.direction} at {self.sparsity} %"

    def __str__(self) -> str:
        return f"{self.row}, {self.place}"


@dataclass(frozen=True)
class Column:
    """A data set's place in the table, under the paper's name for it, at one sparsity.

    The profile decides which data set plays the role: the paper's own, or a miniature stand-in. The CSV names both.

    Attributes:
        role: the paper's data set, e.g. "Cityscapes".
        task: "segmentation", "pose" or "classification".
        sparsity: target fraction of zero weights, whole percent, 0..99; 0 is the column of dense networks.
        metrics: what is reported, in the paper's order; the first one is primary and decides claims.
        source: the data set that tickets are transferred from; None for tickets found on `role` itself.
    """

    role: str
    task: str
    sparsity: int
    metrics: tuple[Metric, ...]
    source: str | None = None

    @property
    def primary(self) -> Metric:
        """The metric that decides claims on this data set."""
        return self.metrics[0]

    def at(self, row: Row) -> Address:
        """Return where `row` stands in this column."""
        return Address(row.key, self.role, self.sparsity, self.source)


@dataclass(frozen=True)
class Row:
    """One method, or one network of another work.

    Attributes:
        key: stable identifier in CSVs and claims.
        method: its name, as `paper_tables.methods` has it; `{source}` stands for the data set a ticket comes from.
        marks: the paper's check marks, one per entry of `Table.marks`.
        computed_by: key of the method in `bench.methods` behind this row; None for a network that is not trained
            here, whose accuracy is the paper's word alone; it is dense and stands in the column of sparsity 0.
        reading: module of `bench.readings` that says how the protocol is understood; None for the profile's own.
        transfer: whether the row's ticket comes from another data set: it stands in the columns that have a source,
            and every other row in those that have none.
        roles: data sets it exists for; all of the table's when empty.
        dense: whether a method gives a dense net: its row stands in the columns of sparsity 0.
        costs: counts the costs of a network that is not trained here; None when nothing counts them yet.
    """

    key: str
    method: str
    marks: tuple[bool, ...] = ()
    computed_by: str | None = None
    reading: str | None = None
    transfer: bool = False
    roles: tuple[str, ...] = ()
    dense: bool = False
    costs: CountCosts | None = None

    def stands_in(self, column: Column) -> bool:
        """Whether the table has this row in a column."""
        dense, transferred = column.sparsity == 0, column.source is not None
        fits = (self.dense or self.computed_by is None, self.transfer) == (dense, transferred)
        return fits and (not self.roles or column.role in self.roles)

    def method_in(self, column: Column) -> str:
        """The method's name in a column."""
        return self.method.format(source=column.source)


@dataclass(frozen=True)
class Table:
    """A table of the paper, or the numbers behind one of its figures.

    Attributes:
        name: lower case with dashes; file name of the CSV and of the printed numbers.
        version: rises whenever the meaning of a cell changes, together with a line in the changelog.
        title: what the table shows, in our words.
        paper_ref: where the paper prints it, e.g. "Tab. 1".
        columns: data sets, sparsities and sources, in the paper's order.
        rows: methods, in the paper's order.
        marks: headings of the check-mark columns.
        costs: cost columns, the same for every row.
        measured: what is measured of every ticket, an entry of `bench.measures`.
        seeds: how many seeds it has unless more are asked for; None for the profile's number. Curves have many cells
            and make do with fewer.
        note: what a reader has to know about the choice of columns, e.g. a sparsity that the paper does not state.

    Raises:
        ValueError: for repeated keys, a version or number of seeds below 1, check marks that do not fit their headings,
            a row without any column or a column without any row.
    """

    name: str
    version: int
    title: str
    paper_ref: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    marks: tuple[str, ...] = ()
    costs: tuple[Metric, ...] = COSTS
    measured: str = "scores"
    seeds: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(f"table name {self.name!r}: lower-case letters, digits and single dashes only")
        for what, number in (("version", self.version), ("number of seeds", self.seeds)):
            if number is not None and number < 1:
                raise ValueError(f"table {self.name}: {what} {number} is below 1")
        self._require_unique("row key", (row.key for row in self.rows))
        self._require_unique("method", (row.method for row in self.rows))
        self._require_unique("column", ((c.role, c.sparsity, c.source) for c in self.columns))
        for column in self.columns:
            self._require_unique(f"metric of {column.role}", (metric.key for metric in self.metrics(column)))
            if not any(row.stands_in(column) for row in self.rows):
                raise ValueError(f"table {self.name}: no row stands in the column {column.role}, {column.sparsity} %")
        for row in self.rows:
            if len(row.marks) != len(self.marks):
                raise ValueError(f"table {self.name}, row {row.key}: {len(row.marks)} marks for {len(self.marks)}")
            if not any(row.stands_in(column) for column in self.columns):
                raise ValueError(f"table {self.name}: row {row.key} stands in no column")

    @property
    def file_name(self) -> str:
        """Name of this version's CSV file."""
        return f"{self.name}.v{self.version}.csv"

    @property
    def roles(self) -> tuple[str, ...]:
        """Names of the data sets that rows are tested on, in the table's order."""
        return tuple(dict.fromkeys(column.role for column in self.columns))

    def cells(self) -> Iterator[tuple[Row, Column]]:
        """Yield every row in every column it stands in: columns in order, rows within each."""
        for column in self.columns:
            yield from ((row, column) for row in self.rows if row.stands_in(column))

    def metrics(self, column: Column) -> tuple[Metric, ...]:
        """Return all metrics of a column in CSV order: the printed ones, then the costs."""
        return column.metrics + self.costs

    def row(self, key: str) -> Row:
        """Return the row called `key`.

        Raises:
            KeyError: when the table has no such row.
        """
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(f"table {self.name} has no row {key!r}; it has {', '.join(r.key for r in self.rows)}")

    def name_at(self, cell: Address) -> str:
        """Return the name of the method that stands in a cell; errors are those of `row`."""
        return self.row(cell.row).method.format(source=cell.source)

    def _require_unique(self, what: str, names: Iterable[object]) -> None:
        seen: set[object] = set()
        for name in names:
            if name in seen:
                raise ValueError(f"table {self.name}: {what} {name!r} occurs twice")
            seen.add(name)
