"""From results of runs to the records of a table, every cell present: measured, or with the reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paper_tables import published
from paper_tables.metrics import SEED_DIGITS, Metric
from paper_tables.records import NOT_RUN, SCHEMA, Record, RecordError, in_words, read, results_path
from paper_tables.table import Address, Column, CostsUnavailable, Row, Table
from supertickets.documents.texts import DocumentError, present

COUNTED = "counted"
"""Experiment id of costs that were counted from an architecture, without a run."""

_PRINTED_ONLY = "printed by the paper, not measured here"
_NOT_MEASURED = "metric not measured"


@dataclass(frozen=True)
class Outcome:
    """What came of running one row in one column.

    Attributes:
        data_set: the data set that was really used.
        task: its task; has to be the column's.
        experiment_id: identifier of the run.
        by_seed: seed -> metric key -> value *in the CSV's unit* (percent 0..100, mparams, gmacs). A metric may be left
            out altogether when it is undefined on this data, but not for some seeds only.
        not_run: why there is nothing to report; None when there is.
    """

    data_set: str
    task: str
    experiment_id: str
    by_seed: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    not_run: str | None = None


def records(
    table: Table, results: Mapping[Address, Outcome], profile: str, printed: published.Numbers | None = None
) -> list[Record]:
    """Return the records of a table in its fixed order: columns, rows, metrics, then costs.

    Args:
        table: the table to fill.
        results: cell -> outcome; cells that are missing say so in the CSV. Networks of other works need none.
        profile: scale of the runs.
        printed: the paper's numbers; read from `published/` when None.

    Raises:
        RecordError: for results the table has no place for, a task that does not fit, a metric that only some seeds
            have or that the table does not know, or a value outside its unit's range.
    """
    if printed is None:
        printed = published.load(table)
    trained = {column.at(row) for row, column in table.cells() if row.computed_by is not None}
    if unknown := sorted(str(address) for address in set(results) - trained):
        raise RecordError(f"table {table.name} has no place for results {unknown}")
    found: list[Record] = []
    for row, column in table.cells():
        address = column.at(row)
        outcome = results.get(address) or _without_run(row, column)
        _check(table, column, address, outcome)
        reason = _PRINTED_ONLY if row.computed_by is None else _NOT_MEASURED
        for metric in table.metrics(column):
            fixed = _fixed(table, row, column, metric, profile, printed)
            found.append(_record(column, row, metric, outcome, fixed, reason))
    return found


def load(table: Table, results: Path, profile: str, printed_folder: Path = published.FOLDER) -> list[Record] | None:
    """Read a profile's records of the table's current version; None when there is no file.

    Raises:
        DocumentError: when the file cannot be read, is of another table, version or profile, lacks a cell, has a
            foreign one, or shows another printed number than `published/`.
    """
    path = results_path(results, profile, table.file_name)
    if not present(path):
        return None
    found = read(path)
    printed = published.load(table, printed_folder)
    expected = {
        (column.at(row), metric.key): _fixed(table, row, column, metric, profile, printed)
        for row, column in table.cells()
        for metric in table.metrics(column)
    }
    for record in found:
        place = in_words(record.key)
        if (wanted := expected.pop(record.key, None)) is None:
            raise DocumentError(path, "the table has no such cell", SCHEMA.remedy, place=place)
        for column, value in wanted.items():
            if (has := getattr(record, column)) != value:
                problem = f"column {column}: {has!r}, but the table has {value!r}"
                raise DocumentError(path, problem, SCHEMA.remedy, place=place)
    if expected:
        raise DocumentError(path, f"lacks the cell {in_words(next(iter(expected)))}", SCHEMA.remedy)
    return found


def load_all(tables: Iterable[Table], results: Path, profile: str) -> list[Record]:
    """Read a profile's records of all tables that have a file, table by table; errors are those of `load`."""
    return [record for table in tables for record in load(table, results, profile) or ()]


def _without_run(row: Row, column: Column) -> Outcome:
    """A cell that no run fills: a network of another work, whose costs may be counted, or a run that is missing."""
    if row.costs is not None:
        try:
            return Outcome(NOT_RUN, column.task, COUNTED, {0: row.costs()})
        except CostsUnavailable as error:
            return Outcome(NOT_RUN, column.task, NOT_RUN, not_run=str(error))
    reason = _PRINTED_ONLY if row.computed_by is None else "no result"
    return Outcome(NOT_RUN, column.task, NOT_RUN, not_run=reason)


def _check(table: Table, column: Column, address: Address, outcome: Outcome) -> None:
    where = f"table {table.name}, row {address}"
    if outcome.task != column.task:
        raise RecordError(f"{where}: task {outcome.task!r} where the table has {column.task!r}")
    if (outcome.not_run is None) != bool(outcome.by_seed):
        raise RecordError(f"{where}: give either values by seed or a reason why it was not run")
    measured = [set(values) for values in outcome.by_seed.values()]
    known = {metric.key for metric in table.metrics(column)}
    for metrics in measured:
        if metrics != measured[0]:
            raise RecordError(f"{where}: only some seeds have {sorted(metrics ^ measured[0])}")
        if metrics - known:
            raise RecordError(f"{where}: the table has no metric {sorted(metrics - known)}")


def _fixed(
    table: Table, row: Row, column: Column, metric: Metric, profile: str, printed: published.Numbers
) -> dict[str, Any]:
    """What a record says of its cell whatever was measured: attribute -> value."""
    cell = printed.get((column.at(row), metric.key))
    return {
        "table": table.name,
        "version": table.version,
        "profile": profile,
        "method": row.method_in(column),
        "task": column.task,
        "unit": metric.unit,
        "paper_value": cell.text if cell else None,
        "paper_ref": cell.paper_ref if cell else table.paper_ref,
    }


def _record(
    column: Column, row: Row, metric: Metric, outcome: Outcome, fixed: Mapping[str, Any], unmeasured: str
) -> Record:
    digits = SEED_DIGITS[metric.unit]
    values = tuple(
        (seed, round(float(values[metric.key]), digits))
        for seed, values in sorted(outcome.by_seed.items())
        if metric.key in values
    )
    reason = outcome.not_run if not outcome.by_seed else None if values else unmeasured
    return Record(
        row=row.key,
        role=column.role,
        source=column.source,
        data_set=outcome.data_set,
        sparsity=column.sparsity,
        metric=metric.key,
        by_seed=values,
        experiment_id=outcome.experiment_id,
        not_run=" ".join(reason.split()) if reason else None,
        **fixed,
    )
