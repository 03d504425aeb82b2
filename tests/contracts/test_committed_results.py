"""Committed results are those of the present descriptions: every id is what today's code asks for, none is lost."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import paper_tables
from bench.profiles import profile
from paper_tables import collect, registry
from paper_tables.measured import plan
from paper_tables.planning import plan_all
from paper_tables.profiles import BANNERS
from paper_tables.records import Record
from paper_tables.written import WrittenTable
from supertickets.documents import cells
from supertickets.documents.sheets import Schema, read_sheet
from supertickets.documents.sidecars import read_sidecar

pytestmark = pytest.mark.fast

RESULTS = Path(paper_tables.__file__).parent / "results"
MEASURED = [
    (name, table)
    for table in registry.tables().values()
    for name in BANNERS
    if (RESULTS / name / table.file_name).is_file()
]
WRITTEN = [
    table
    for table in registry.every().values()
    if isinstance(table, WrittenTable) and not table.folder and (RESULTS / "embedded" / table.file_name).is_file()
]


@cache
def trained(profile_name: str, table_name: str) -> list[Record]:
    """The records of a committed table that runs stand behind."""
    found = collect.load(registry.tables()[table_name], RESULTS, profile_name)
    assert found
    return [record for record in found if record.not_run is None and record.experiment_id != collect.COUNTED]


@pytest.mark.parametrize(("name", "table"), [(name, table.name) for name, table in MEASURED])
def test_ids_are_those_of_the_present_descriptions(name: str, table: str) -> None:
    """A setting that changes leaves results of another experiment behind: compute them again, or take them away."""
    item = plan(registry.tables()[table], profile(name), (0,))
    wanted = {address: found[0].scores.id for address, found in item.cells.items()}
    committed = {record.address: record.experiment_id for record in trained(name, table)}
    assert committed == wanted


@pytest.mark.parametrize(("name", "table"), [(name, table.name) for name, table in MEASURED])
def test_a_sidecar_has_the_code_of_every_row_from_every_source(name: str, table: str) -> None:
    about = read_sidecar(RESULTS / name / registry.tables()[table].file_name)
    assert about is not None
    addresses = {record.address for record in trained(name, table)}
    assert about["code_ids"].keys() == {f"{address.row} / {address.direction}" for address in addresses}
    assert about["computed_by"].keys() == {address.row for address in addresses}


@pytest.mark.parametrize("name", [table.name for table in WRITTEN])
def test_a_written_table_can_be_checked(name: str) -> None:
    """Its file has columns of its own, so that nothing of it may be read as a measured table's."""
    (item,) = plan_all([registry.every()[name]], profile("embedded"), None, RESULTS, pytest.fail)
    assert item.path(RESULTS).is_file() and item.all_runs


def test_what_the_papers_figures_are_drawn_from_is_there() -> None:
    assert {"architecture", "qualitative"} <= {table.name for table in WRITTEN}


@pytest.mark.parametrize("table", WRITTEN, ids=lambda table: table.name)
def test_written_tables_are_of_the_present_runs(table: WrittenTable) -> None:
    path = RESULTS / "embedded" / table.file_name
    runs = {run.id: run for run in table.runs(profile("embedded"))}
    schema = Schema({"experiment_id": cells.text}, "", exact=False)
    assert {line.texts["experiment_id"] for line in read_sheet(path, schema)} - {"none"} == runs.keys()
    about = read_sidecar(path)
    assert about is not None and about["computed_by"] == {identity: run.step.name for identity, run in runs.items()}
    assert about["code_ids"].keys() == {run.label for run in table.runs(profile("embedded"))}
