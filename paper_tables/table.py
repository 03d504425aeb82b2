"""What a table of the paper consists of: rows (methods), data sets with their metrics, and a version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from paper_tables.metrics import COSTS, Metric


@dataclass(frozen=True)
class Role:
    """A data set's place in the table, under the paper's name for it.

    The profile decides which data set plays the role: the paper's own, or a miniature stand-in. The CSV names both.

    Attributes:
        name: the paper's data set, e.g. "Cityscapes".
        task: "segmentation", "pose" or "classification".
        sparsity: target fraction of zero weights, 0..1, that the paper states for it.
        metrics: what the paper prints, in its order; the first one is primary and decides claims.
    """

    name: str
    task: str
    sparsity: float
    metrics: tuple[Metric, ...]

    @property
    def primary(self) -> Metric:
        """The metric that decides claims on this data set."""
        return self.metrics[0]


@dataclass(frozen=True)
class Row:
    """One method.

    Attributes:
        key: stable identifier in CSVs and claims.
        method: self-sufficient name, unique in the table.
        label: what the paper prints in its "Methods" column (several rows may share it).
        marks: the paper's check marks, one per entry of `Table.marks`.
        recipe: name under which the command line knows how to run this row.
    """

    key: str
    method: str
    label: str
    marks: tuple[bool, ...]
    recipe: str


@dataclass(frozen=True)
class Table:
    """A table of the paper.

    Attributes:
        name: lower case with dashes; file name of the CSV and of the printed numbers.
        version: rises whenever the meaning of a cell changes, together with a line in the changelog.
        title: what the table shows, in our words.
        paper_ref: where the paper prints it, e.g. "Tab. 1".
        marks: headings of the check-mark columns.
        roles: data sets, in the paper's order.
        rows: methods, in the paper's order.
        costs: cost columns, measured only.

    Raises:
        ValueError: for repeated keys, a version below 1 or check marks that do not fit their headings.
    """

    name: str
    version: int
    title: str
    paper_ref: str
    marks: tuple[str, ...]
    roles: tuple[Role, ...]
    rows: tuple[Row, ...]
    costs: tuple[Metric, ...] = COSTS

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(f"table name {self.name!r}: lower-case letters, digits and single dashes only")
        if self.version < 1:
            raise ValueError(f"table {self.name}: version {self.version} is below 1")
        self._require_unique("row key", (row.key for row in self.rows))
        self._require_unique("method", (row.method for row in self.rows))
        self._require_unique("role", (role.name for role in self.roles))
        for role in self.roles:
            self._require_unique(f"metric of {role.name}", (metric.key for metric in self.metrics(role)))
        for row in self.rows:
            if len(row.marks) != len(self.marks):
                raise ValueError(f"table {self.name}, row {row.key}: {len(row.marks)} marks for {len(self.marks)}")

    @property
    def file_name(self) -> str:
        """Name of this version's CSV file."""
        return f"{self.name}.v{self.version}.csv"

    def metrics(self, role: Role) -> tuple[Metric, ...]:
        """Return all metrics of a data set in CSV order: the printed ones, then the costs."""
        return role.metrics + self.costs

    def role(self, name: str) -> Role:
        """Return the data set role called `name`.

        Raises:
            KeyError: when the table has no such role.
        """
        for role in self.roles:
            if role.name == name:
                return role
        raise KeyError(f"table {self.name} has no data set {name!r}; it has {', '.join(r.name for r in self.roles)}")

    def row(self, key: str) -> Row:
        """Return the row called `key`.

        Raises:
            KeyError: when the table has no such row.
        """
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(f"table {self.name} has no row {key!r}; it has {', '.join(r.key for r in self.rows)}")

    def _require_unique(self, what: str, names: Iterable[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise ValueError(f"table {self.name}: {what} {name!r} occurs twice")
            seen.add(name)
