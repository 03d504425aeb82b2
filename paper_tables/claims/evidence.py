"""The numbers a claim is judged on: a profile's records, or the paper's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from paper_tables.claims.predicates import Cell
from paper_tables.collect import COUNTED
from paper_tables.published import Numbers
from paper_tables.records import Record, RecordError

PRINTED = "printed"
"""Source name of the paper's numbers."""


@dataclass(frozen=True)
class Evidence:
    """Values by cell and seed.

    Attributes:
        source: profile name, or `PRINTED`.
        values: cell -> seed -> value in the metric's unit. The paper prints no seeds: its numbers sit under seed 0.
        missing: cell -> why it has no values.
        exact: whether a value is compared as it stands, without an interval, as the paper's numbers have to be.
        partial: whether it has only some of the cells that claims are about, and is judged by those.
    """

    source: str
    values: Mapping[Cell, Mapping[int, float]]
    missing: Mapping[Cell, str] = field(default_factory=dict)
    exact: bool = False
    partial: bool = False

    def why_missing(self, cell: Cell) -> str | None:
        """Return why there is no value for a cell; None when there is one."""
        return None if cell in self.values else self.missing.get(cell, "no result")


def measured(profile: str, records: Iterable[Record]) -> Evidence:
    """Return the evidence in one profile's records, of any number of tables.

    Cells of several tables that report the same runs have the seeds of all of them: a curve of three seeds and a
    table of five share what they have in common.
    """
    values: dict[Cell, Mapping[int, float]] = {}
    missing: dict[Cell, str] = {}
    by_run: dict[tuple[str, str], dict[int, float]] = {}
    for record in records:
        if record.profile != profile:
            raise ValueError(f"a record of the {record.profile} profile among those of {profile}")
        cell = (record.table, *record.key)
        if record.not_run is None:
            if record.experiment_id == COUNTED:
                values[cell] = dict(record.by_seed)
                continue
            values[cell] = seeds = by_run.setdefault((record.experiment_id, record.metric), {})
            for seed, value in record.by_seed:
                if seeds.setdefault(seed, value) != value:
                    raise RecordError(
                        f"{record.metric} of run {record.experiment_id}, seed {seed}, is {value} in {record.table}, "
                        f"{seeds[seed]} in another: compute both tables again"
                    )
        else:
            missing[cell] = record.not_run
    return Evidence(profile, values, missing)


def printed(numbers: Mapping[str, Numbers]) -> Evidence:
    """Return the paper's own numbers as evidence.

    Args:
        numbers: table name -> its published cells.
    """
    values = {(table, *key): {0: float(cell.text)} for table, cells in numbers.items() for key, cell in cells.items()}
    return Evidence(PRINTED, values, exact=True, partial=True)
