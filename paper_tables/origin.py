"""What the sidecar of a table says of its origin, and whether a stored version still means what it meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paper_tables.table import Table
from supertickets.documents.sidecars import read_sidecar
from supertickets.documents.texts import DocumentError

if TYPE_CHECKING:
    from bench.experiments import Run
    from bench.runner import Runner

NOTHING_RUN = "none: nothing was run for it"


def origin_of(cells: Mapping[str, Run], runs: Iterable[Run], runner: Runner) -> dict[str, Any]:
    """Return what computed a table, on which data, where.

    Args:
        cells: name of each cell -> the run that fills it; of several seeds, one.
        runs: every run and everything it builds on.
        runner: has the results.
    """
    from bench.data import data_set
    from bench.provenance import code_of, versions

    root, runs = runner.store.environment.data_root, list(runs)
    facts = [result.provenance for run in runs if (result := runner.stored(run))]
    return {
        "code_ids": {name: code_of(run.step) for name, run in cells.items()},
        "data_ids": {name: data_set(name).data_id(root) for name in sorted({run.step.problem.data for run in runs})},
        "device": sorted({fact["device"] for fact in facts}) or NOTHING_RUN,
        "versions": _merged(fact["versions"] for fact in facts) if facts else versions(),
    }


def computed_by(table: Table) -> dict[str, str]:
    """Return the method behind every row of a table: the meaning that the table's version stands for."""
    rows = [row for row in table.rows if row.computed_by is not None]
    return {row.key: f"{row.computed_by} ({row.reading})" if row.reading else str(row.computed_by) for row in rows}


def changed_meaning(table: Table, csv_path: Path) -> str | None:
    """Return how the table's rows differ from those that a stored CSV of the same version was written with.

    None when they do not, or nothing is stored. Rows that only one side has change no meaning.

    Raises:
        DocumentError: for a sidecar that cannot be read or does not say it.
    """
    about = read_sidecar(csv_path)
    if about is None:
        return None
    if "computed_by" not in about:
        remedy = f"restore the file, or remove it together with {csv_path.name}"
        raise DocumentError(csv_path.with_suffix(".json"), "does not say what its rows are computed by", remedy)
    stored = about["computed_by"]
    for row, method in computed_by(table).items():
        if stored.get(row, method) != method:
            return (
                f"{csv_path}: row {row} is computed by {method!r}, in the stored version {table.version} of "
                f"{table.name} by {stored[row]!r}: raise the table's version and add a line to the changelog"
            )
    return None


def _merged(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """One version per library; several, if runs were computed with several, separated by commas."""
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        for name, version in mapping.items():
            found.setdefault(name, set()).add(version)
    return {name: ", ".join(sorted(values)) for name, values in sorted(found.items())}
