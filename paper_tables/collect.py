"""From results of runs to the records of a table, every cell present: measured, or with the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paper_tables import published
from paper_tables.metrics import SEED_DIGITS, Metric
from paper_tables.records import NOT_RUN, Record, RecordError, read, results_path
from paper_tables.table import Role, Row, Table


@dataclass(frozen=True)
class Outcome:
    """What came of running one row on one data set.

    Attributes:
        data_set: the data set that was really used.
        task: its task; has to be the role's.
        sparsity: target fraction of zero weights, 0..1.
        experiment_id: identifier of the run.
        by_seed: seed -> metric key -> value *in the CSV's unit* (percent 0..100, mparams, gmacs). A metric may be left
            out altogether when it is undefined on this data, but not for some seeds only.
        not_run: why there is nothing to report; None when there is.
    """

    data_set: str
    task: str
    sparsity: float
    experiment_id: str
    by_seed: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    not_run: str | None = None


def records(
    table: Table,
    results: Mapping[tuple[str, str], Outcome],
    profile: str,
    printed: Mapping[tuple[str, str, str], published.Printed] | None = None,
) -> list[Record]:
    """Return the records of a table in its fixed order: data sets, rows, metrics, then costs.

    Args:
        table: the table to fill.
        results: (row key, role name) -> outcome; pairs that are missing become cells that say so.
        profile: scale of the runs.
        printed: the paper's numbers; read from `published/` when None.

    Raises:
        RecordError: for results the table has no place for, a task that does not fit, a metric that only some seeds
            have or that the table does not know, or a value outside its unit's range.
    """
    if printed is None:
        printed = published.load(table)
    places = {(row.key, role.name) for role in table.roles for row in table.rows}
    if unknown := sorted(set(results) - places):
        raise RecordError(f"table {table.name} has no place for results {unknown}")
    found: list[Record] = []
    for role in table.roles:
        for row in table.rows:
            outcome = results.get((row.key, role.name))
            if outcome is None:
                outcome = Outcome(NOT_RUN, role.task, role.sparsity, NOT_RUN, not_run="no result")
            _check(table, row, role, outcome)
            for metric in table.metrics(role):
                cell = printed.get((row.key, role.name, metric.key))
                found.append(_record(table, row, role, metric, outcome, profile, cell))
    return found


def load(table: Table, results: Path, profile: str, printed_folder: Path = published.FOLDER) -> list[Record] | None:
    """Read a profile's records of the table's current version; None when there is no file.

    Raises:
        RecordError: when the file is of another table, version or profile, lacks a cell, has a foreign one, or shows
            another printed number than `published/`.
    """
    path = results_path(results, profile, table.file_name)
    if not path.exists():
        return None
    found = read(path)
    printed = published.load(table, printed_folder)
    expected = {(w.key, r.name, m.key): m.unit for r in table.roles for w in table.rows for m in table.metrics(r)}
    for record in found:
        where = f"{path}, {' / '.join(record.key)}"
        if (record.table, record.version, record.profile) != (table.name, table.version, profile):
            raise RecordError(f"{where}: belongs to {record.table} v{record.version}, {record.profile} profile")
        if expected.pop(record.key, None) != record.unit:
            raise RecordError(f"{where}: the table has no such cell in {record.unit}")
        cell = printed.get(record.key)
        if record.paper_value != (cell.text if cell else None):
            raise RecordError(f"{where}, column paper_value: {record.paper_value}, but {cell} is printed")
    if expected:
        raise RecordError(f"{path}: lacks the cell {' / '.join(next(iter(expected)))}")
    return found


def _check(table: Table, row: Row, role: Role, outcome: Outcome) -> None:
    where = f"table {table.name}, row {row.key}, {role.name}"
    if outcome.task != role.task:
        raise RecordError(f"{where}: task {outcome.task!r} where the table has {role.task!r}")
    if (outcome.not_run is None) != bool(outcome.by_seed):
        raise RecordError(f"{where}: give either values by seed or a reason why it was not run")
    measured = [set(values) for values in outcome.by_seed.values()]
    known = {metric.key for metric in table.metrics(role)}
    for metrics in measured:
        if metrics != measured[0]:
            raise RecordError(f"{where}: only some seeds have {sorted(metrics ^ measured[0])}")
        if metrics - known:
            raise RecordError(f"{where}: the table has no metric {sorted(metrics - known)}")


def _record(
    table: Table,
    row: Row,
    role: Role,
    metric: Metric,
    outcome: Outcome,
    profile: str,
    printed: published.Printed | None,
) -> Record:
    digits = SEED_DIGITS[metric.unit]
    values = tuple(
        (seed, round(float(values[metric.key]), digits))
        for seed, values in sorted(outcome.by_seed.items())
        if metric.key in values
    )
    reason = outcome.not_run if not outcome.by_seed else None if values else "metric not measured"
    return Record(
        table=table.name,
        version=table.version,
        row=row.key,
        method=row.method,
        task=role.task,
        role=role.name,
        data_set=outcome.data_set,
        profile=profile,
        sparsity=outcome.sparsity,
        metric=metric.key,
        unit=metric.unit,
        by_seed=values,
        paper_value=printed.text if printed else None,
        paper_ref=printed.paper_ref if printed else table.paper_ref,
        experiment_id=outcome.experiment_id,
        not_run=" ".join(reason.split()) if reason else None,
    )
