"""The few shapes a claim may have. Each unfolds into comparisons: an effect, and the region where it has to lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, isfinite

from paper_tables.metrics import Metric
from paper_tables.table import Address, Column, Table

Cell = tuple[str, Address, str]
"""(table, cell, metric key)."""


@dataclass(frozen=True)
class Region:
    """An interval of the real line, where a claim says the effect lies; an open lower end excludes the bound itself."""

    low: float = -inf
    high: float = inf
    open_low: bool = False

    def contains(self, effect: float) -> bool:
        """Whether the effect is as claimed."""
        return (effect > self.low if self.open_low else effect >= self.low) and effect <= self.high

    def slack(self, effect: float) -> float:
        """How far inside the region an effect lies; negative outside."""
        return min(effect - self.low, self.high - effect)

    def __str__(self) -> str:
        if isfinite(self.low) and isfinite(self.high):
            return f"within [{self.low:g}, {self.high:g}]"
        if isfinite(self.high):
            return f"<= {self.high:g}"
        return f"> {self.low:g}" if self.open_low else f">= {self.low:g}"


@dataclass(frozen=True)
class Bases:
    """What two cells are taken as shares of, seed by seed, in percent, before they are compared.

    Attributes:
        left, right: the cells.
        right_metric: of the right cell and its base, which may differ from the left one's: shares have no unit.
    """

    left: Address
    right: Address
    right_metric: Metric


@dataclass(frozen=True)
class Comparison:
    """Two cells and the region their effect is claimed to lie in.

    Attributes:
        table: name of the table.
        left, right: the cells; the effect is left - right, or left / right (of their means) when `ratio`.
        metric: what is compared.
        region: where the effect has to lie.
        decides: whether the claim's verdict depends on it.
        ratio: whether the effect is a ratio.
        bases: what the cells are shares of; None where they are compared as they are.
    """

    table: str
    left: Address
    right: Address
    metric: Metric
    region: Region
    decides: bool
    ratio: bool = False
    bases: Bases | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The left and the right cell, and after them those that they are shares of."""
        right = self.bases.right_metric if self.bases else self.metric
        pair = ((self.table, self.left, self.metric.key), (self.table, self.right, right.key))
        if self.bases is None:
            return pair
        of = ((self.table, self.bases.left, self.metric.key), (self.table, self.bases.right, right.key))
        return pair + of

    def __str__(self) -> str:
        sign = "/" if self.ratio else "-"
        if self.bases:
            left, right, left_of, right_of = (f"({address}), {metric}" for _, address, metric in self.cells)
            return f"{self.table}: share kept of ({left_of}) in ({left}) - of ({right_of}) in ({right})"
        if self.left.place == self.right.place:
            return f"{self.table}: {self.left.row} {sign} {self.right.row}, {self.left.place}, {self.metric.key}"
        return f"{self.table}: ({self.left}) {sign} ({self.right}), {self.metric.key}"

    def in_names(self, table: Table) -> str:
        """Return what is compared where, for people: methods by their names."""
        left, right = (table.name_at(end) for end in (self.left, self.right))
        sign = "over" if self.ratio else "minus"
        where = self.left.place if self.left.place == self.right.place else f"{self.left.place} / {self.right.place}"
        if self.bases and self.bases.right_metric != self.metric:
            what = f"{self.metric.label} / {self.bases.right_metric.label}"
            return f"share that {left} {sign} {right} keeps, {where}, {what} ({self.table})"
        return f"{left} {sign} {right}, {where}, {self.metric.label} ({self.table})"


@dataclass(frozen=True, kw_only=True)
class Predicate(ABC):
    """What all predicates share: a table and where in it to look. An empty choice means all there is.

    Attributes:
        table: name of the table.
        roles: data sets that rows are tested on.
        sources: data sets that transferred tickets come from.
        sparsities: whole percent.
        metrics: metric keys, all of them deciding. When empty, every printed metric is compared and the primary one
            of each data set decides.
    """

    table: str
    roles: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sparsities: tuple[int, ...] = ()
    metrics: tuple[str, ...] = ()

    @abstractmethod
    def comparisons(self, table: Table) -> Iterator[Comparison]:
        """Yield the comparisons, column by column.

        Raises:
            KeyError: for a row, data set, source, sparsity or metric that the table does not have.
        """

    def _columns(self, table: Table, row: str) -> list[Column]:
        """Return the columns in which a row stands and which the predicate chooses."""
        known: set[object] = {name for c in table.columns for name in (c.role, c.source, c.sparsity)}
        if unknown := [name for name in (*self.roles, *self.sources, *self.sparsities) if name not in known]:
            raise KeyError(f"table {table.name} has no column with {unknown[0]}")
        return [
            column
            for column in table.columns
            if table.row(row).stands_in(column)
            and (not self.roles or column.role in self.roles)
            and (not self.sources or column.source in (None, *self.sources))
            and (not self.sparsities or column.sparsity in (0, *self.sparsities))
        ]

    def _pairs(self, table: Table, left: str, right: str) -> Iterator[tuple[Column, Column]]:
        """Yield where two rows can be compared: one data set and, where both have them, one source and sparsity."""
        for here in self._columns(table, left):
            for there in self._columns(table, right):
                sources, sparsities = {here.source, there.source} - {None}, {here.sparsity, there.sparsity} - {0}
                if here.role == there.role and len(sources) <= 1 and len(sparsities) <= 1:
                    yield here, there

    def _metrics(self, table: Table, column: Column) -> Iterator[tuple[Metric, bool]]:
        """Yield what is compared in a column, and whether it decides."""
        if not self.metrics:
            yield from ((metric, metric == column.primary) for metric in column.metrics)
        known = {metric.key: metric for metric in table.metrics(column)}
        yield from ((known[key], True) for key in self.metrics)

    def _gains(self, table: Table, better: str, worse: str, region: Region) -> Iterator[Comparison]:
        """Yield `better - worse`, turned round for costs, so that a positive effect always means better."""
        for here, there in self._pairs(table, better, worse):
            left, right = here.at(table.row(better)), there.at(table.row(worse))
            for metric, decides in self._metrics(table, here):
                ends = (left, right) if metric.higher_is_better else (right, left)
                yield Comparison(self.table, *ends, metric, region, decides)


@dataclass(frozen=True, kw_only=True)
class Ordering(Predicate):
    """`better` beats `worse` by more than `margin` (in the metric's unit, default 0)."""

    better: str
    worse: str
    margin: float = 0.0

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        yield from self._gains(table, self.better, self.worse, Region(low=self.margin, open_low=True))


@dataclass(frozen=True, kw_only=True)
class NonInferior(Predicate):
    """`row` is at most `margin` behind `reference` (in the metric's unit, 0 = at least as good)."""

    row: str
    reference: str
    margin: float = 0.0

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        yield from self._gains(table, self.row, self.reference, Region(low=-self.margin if self.margin else 0.0))


@dataclass(frozen=True, kw_only=True)
class Close(Predicate):
    """`row` and `reference` differ by at most `margin` (in the metric's unit)."""

    row: str
    reference: str
    margin: float

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        yield from self._gains(table, self.row, self.reference, Region(-self.margin, self.margin))


@dataclass(frozen=True, kw_only=True)
class BetterSource(Predicate):
    """Tickets of `row` that come from the data set `better` beat those that come from `worse`."""

    row: str
    better: str
    worse: str

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        row, columns = table.row(self.row), self._columns(table, self.row)
        for name in (self.better, self.worse):
            if name not in {column.source for column in columns}:
                raise KeyError(f"table {table.name} has no tickets of {name} where {self} looks")
        for left in (column for column in columns if column.source == self.better):
            for right in columns:
                if (right.role, right.sparsity, right.source) == (left.role, left.sparsity, self.worse):
                    for metric, decides in self._metrics(table, left):
                        region = Region(low=0.0, open_low=True)
                        yield Comparison(self.table, left.at(row), right.at(row), metric, region, decides)


@dataclass(frozen=True, kw_only=True)
class Keeps(Predicate):
    """At the chosen sparsities `row` has between `low` and `high` times what it has at the sparsity `reference`."""

    row: str
    reference: int
    low: float = -inf
    high: float = inf

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        row, region = table.row(self.row), Region(self.low, self.high)
        for column in self._columns(table, self.row):
            base = replace(column, sparsity=self.reference)
            if base not in table.columns:
                raise KeyError(f"table {table.name} has no column of {column.role} at {self.reference} %")
            for metric, decides in self._metrics(table, column):
                yield Comparison(self.table, column.at(row), base.at(row), metric, region, decides, ratio=True)


@dataclass(frozen=True, kw_only=True)
class Declines(Predicate):
    """`row` has less of a metric at every sparsity than at the one before, and at the lowest less than `dense`."""

    row: str
    dense: str

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        row, dense, region = table.row(self.row), table.row(self.dense), Region(low=0.0, open_low=True)
        ladder = {column.role: [(column, dense)] for column in self._columns(table, self.dense)}
        for column in sorted(self._columns(table, self.row), key=lambda column: column.sparsity):
            ladder[column.role].append((column, row))
        for steps in ladder.values():
            for (above, upper), (below, lower) in pairwise(steps):
                for metric, decides in self._metrics(table, below):
                    yield Comparison(self.table, above.at(upper), below.at(lower), metric, region, decides)


@dataclass(frozen=True, kw_only=True)
class KeepsMore(Predicate):
    """Of what `of` has, `row` keeps a larger share in one place than in another, at equal sparsity of the columns.

    Attributes:
        more, less: data set and metric key of the two places.
    """

    row: str
    of: str
    more: tuple[str, str]
    less: tuple[str, str]

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        here, there = (list(self._shares(table, *place)) for place in (self.more, self.less))
        for left, left_of, metric in here:
            for right, right_of, right_metric in there:
                if left.sparsity == right.sparsity:
                    region, bases = Region(low=0.0, open_low=True), Bases(left_of, right_of, right_metric)
                    yield Comparison(self.table, left, right, metric, region, True, bases=bases)

    def _shares(self, table: Table, role: str, key: str) -> Iterator[tuple[Address, Address, Metric]]:
        for column, base in self._pairs(table, self.row, self.of):
            if column.role == role:
                metric = {metric.key: metric for metric in table.metrics(column)}[key]
                yield column.at(table.row(self.row)), base.at(table.row(self.of)), metric


@dataclass(frozen=True, kw_only=True)
class RatioWithin(Predicate):
    """`row` / `reference` lies between `low` and `high`."""

    row: str
    reference: str
    low: float
    high: float = inf

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        region = Region(low=self.low, high=self.high)
        for here, there in self._pairs(table, self.row, self.reference):
            left, right = here.at(table.row(self.row)), there.at(table.row(self.reference))
            for metric, decides in self._metrics(table, here):
                yield Comparison(self.table, left, right, metric, region, decides, ratio=True)
