"""From tables to plans, and what is checked of all of them before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bench.data import data_set
from bench.profiles import Profile, ProfileError
from paper_tables.measured import plan, seeds_of
from paper_tables.plan import Plan
from paper_tables.records import results_path
from paper_tables.table import Table
from paper_tables.usage import UsageError
from paper_tables.verify import seeds_in
from paper_tables.written import WrittenTable
from paper_tables.written.plan import WrittenPlan
from supertickets.documents.texts import present


def plan_one(
    table: Table | WrittenTable, profile: Profile, seeds: int | None = None, stored: Path | None = None
) -> Plan:
    """Return a table's plan.

    Args:
        seeds: of measured tables; None for as many as are stored, or each one's own number.
        stored: results to compare with.

    Raises:
        DocumentError: for a stored CSV that cannot be read.
        MethodError: for a row the project cannot compute.
        ProfileError: when the profile can fill none of the table's cells.
    """
    if isinstance(table, Table):
        if stored and seeds is None:
            seeds = seeds_in(results_path(stored, profile.name, table.file_name)) or None
        return plan(table, profile, seeds_of(table, profile, seeds))
    return WrittenPlan(table, profile)


def plan_all(
    selected: Sequence[Table | WrittenTable],
    profile: Profile,
    seeds: int | None,
    stored: Path | None,
    warn: Callable[[str], None],
) -> list[Plan]:
    """Plan every table; of several, those for which the profile has no data at all are skipped with a warning.

    Args:
        stored: results to compare with; a table then has as many seeds as its CSV there, unless `seeds` says otherwise.

    Raises:
        DocumentError: for a stored CSV that cannot be read.
        ProfileError: when no table is left.
    """
    plans: list[Plan] = []
    refused: list[ProfileError] = []
    for table in selected:
        try:
            plans.append(plan_one(table, profile, seeds, stored))
        except ProfileError as error:
            refused.append(error)
    if not plans:
        raise refused[0]
    if refused:
        warn(f"skipped: {'; '.join(map(str, refused))}")
    return plans


def check_replacing(plans: Sequence[Plan], results: Path, warn: Callable[[str], None]) -> None:
    """Refuse to overwrite a folder, or a version that means something else; tell of what will be gone.

    Raises:
        DocumentError: for a stored file that does not say what it means.
        UsageError: naming what would be overwritten.
    """
    losses: list[str] = []
    for item in plans:
        path = item.path(results)
        for target in (path, path.with_suffix(".json"), path.with_suffix(".md")):
            if target.is_dir():
                raise UsageError(f"{target} is a folder where a file will be written: remove it")
        if present(pictures := path.with_suffix("")) and not pictures.is_dir():
            raise UsageError(f"{pictures} is a file where pictures will be written: remove it")
        if complaint := item.refusal(results):
            raise UsageError(complaint)
        if loss := item.loss(results):
            losses.append(loss)
    if losses:
        warn("; ".join(losses))


def check_stored(plans: Sequence[Plan], results: Path) -> None:
    """Refuse to compare with what is not there."""
    for item in plans:
        if not (path := item.path(results)).is_file():
            raise UsageError(f"{path} does not exist, so there is nothing to compare with: run without --check")


def check_data(plans: Sequence[Plan], root: Path | None) -> None:
    """Look at the files of every data set that a run needs.

    Raises:
        DataError: naming what is missing.
    """
    for name in sorted({run.step.problem.data for item in plans for run in item.all_runs}):
        data_set(name).check(root)
