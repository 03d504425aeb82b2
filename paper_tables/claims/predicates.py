"""The few shapes a claim may have. Each unfolds into comparisons: an effect, and the region where it has to lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

from paper_tables.metrics import Metric
from paper_tables.table import Role, Table


@dataclass(frozen=True)
class Region:
    """An interval of the real line, where a claim says the effect lies; an open lower end excludes the bound itself."""

    low: float = -inf
    high: float = inf
    open_low: bool = False

    def contains(self, effect: float) -> bool:
        """Whether the effect is as claimed."""
        return (effect > self.low if self.open_low else effect >= self.low) and effect <= self.high

    def misses(self, low: float, high: float) -> bool:
        """Whether no effect in [low, high] is as claimed."""
        return low > self.high or (high <= self.low if self.open_low else high < self.low)

    def __str__(self) -> str:
        if isfinite(self.low) and isfinite(self.high):
            return f"within [{self.low:g}, {self.high:g}]"
        return f"> {self.low:g}" if self.open_low else f">= {self.low:g}"


@dataclass(frozen=True)
class Comparison:
    """Two cells and the region their effect is claimed to lie in.

    Attributes:
        table: name of the table.
        left, right: row keys; the effect is left - right, or left / right when `ratio`.
        role: data set, by the paper's name.
        metric: what is compared.
        region: where the effect has to lie.
        decides: whether the claim's verdict depends on it.
        ratio: whether the effect is a ratio.
    """

    table: str
    left: str
    right: str
    role: str
    metric: Metric
    region: Region
    decides: bool
    ratio: bool = False

    def __str__(self) -> str:
        return f"{self.left} {'/' if self.ratio else '-'} {self.right}, {self.role}, {self.metric.key}"


@dataclass(frozen=True, kw_only=True)
class Predicate(ABC):
    """What all predicates share: a table and where in it to look.

    Attributes:
        table: name of the table.
        roles: data sets; all of the table's when empty.
        metrics: metric keys, all of them deciding. When empty, every printed metric is compared and the primary one
            of each data set decides.
    """

    table: str
    roles: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()

    @abstractmethod
    def comparisons(self, table: Table) -> Iterator[Comparison]:
        """Yield the comparisons, data set by data set.

        Raises:
            KeyError: for a row, data set or metric that the table does not have.
        """

    def _cells(self, table: Table) -> Iterator[tuple[Role, Metric, bool]]:
        for role in [table.role(name) for name in self.roles] or table.roles:
            if not self.metrics:
                yield from ((role, metric, metric == role.primary) for metric in role.metrics)
            known = {metric.key: metric for metric in table.metrics(role)}
            yield from ((role, known[key], True) for key in self.metrics)

    def _gains(self, table: Table, better: str, worse: str, region: Region) -> Iterator[Comparison]:
        """Yield `better - worse`, turned round for costs, so that a positive effect always means better."""
        for key in (better, worse):
            table.row(key)
        for role, metric, decides in self._cells(table):
            left, right = (better, worse) if metric.higher_is_better else (worse, better)
            yield Comparison(self.table, left, right, role.name, metric, region, decides)


@dataclass(frozen=True, kw_only=True)
class Ordering(Predicate):
    """`better` beats `worse` by more than `margin` (in the metric's unit, default 0)."""

    better: str
    worse: str
    margin: float = 0.0

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        yield from self._gains(table, self.better, self.worse, Region(low=self.margin, open_low=True))


@dataclass(frozen=True, kw_only=True)
class GapAtLeast(Predicate):
    """`better` beats `worse` by `gap` or more (in the metric's unit)."""

    better: str
    worse: str
    gap: float

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        yield from self._gains(table, self.better, self.worse, Region(low=self.gap))


@dataclass(frozen=True, kw_only=True)
class NonInferior(Predicate):
    """`row` is at most `margin` behind `reference` (in the metric's unit, 0 = at least as good)."""

    row: str
    reference: str
    margin: float = 0.0

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        yield from self._gains(table, self.row, self.reference, Region(low=-self.margin if self.margin else 0.0))


@dataclass(frozen=True, kw_only=True)
class Monotone(Predicate):
    """Each of `rows`, listed from worst to best, is at most `slack` behind its predecessor."""

    rows: tuple[str, ...]
    slack: float = 0.0

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        for worse, better in pairwise(self.rows):
            yield from self._gains(table, better, worse, Region(low=-self.slack if self.slack else 0.0))


@dataclass(frozen=True, kw_only=True)
class RatioWithin(Predicate):
    """`row` / `reference`, seed by seed, lies between `low` and `high`."""

    row: str
    reference: str
    low: float
    high: float = inf

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        for key in (self.row, self.reference):
            table.row(key)
        for role, metric, decides in self._cells(table):
            region = Region(low=self.low, high=self.high)
            yield Comparison(self.table, self.row, self.reference, role.name, metric, region, decides, ratio=True)


@dataclass(frozen=True, kw_only=True)
class StatedGap(Predicate):
    """The paper's text states `row - reference` in numbers: an audit of its sentences against its own table.

    Attributes:
        row, reference: row keys.
        stated: (role, metric key) -> the difference as the text states it.
        tolerance: two numbers rounded to two decimals leave their difference open by 0.01.
    """

    row: str
    reference: str
    stated: Mapping[tuple[str, str], float]
    tolerance: float = 0.01

    def comparisons(self, table: Table) -> Iterator[Comparison]:
        for (name, key), gap in self.stated.items():
            role = table.role(name)
            metric = {known.key: known for known in table.metrics(role)}[key]
            # Six decimals: the bounds themselves must not suffer from binary fractions.
            region = Region(low=round(gap - self.tolerance, 6), high=round(gap + self.tolerance, 6))
            yield Comparison(self.table, self.row, self.reference, name, metric, region, decides=True)
