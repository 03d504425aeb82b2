"""The result CSV that claims rest on: it survives a round trip, and whatever is tampered with is named."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pytest

from bench.sidecar import REQUIRED, write_sidecar
from paper_tables.ablation import TABLE
from paper_tables.collect import Outcome, load, records
from paper_tables.origin import changed_meaning, computed_by
from paper_tables.records import COLUMNS, Record, RecordError, read, results_path, write
from paper_tables.table import Address, Column, Row, Table
from supertickets.documents.texts import DocumentError

pytestmark = pytest.mark.fast


def fabricate(table: Table, seeds: int = 3, skip: tuple[str, ...] = ()) -> list[Record]:
    """Return records with made-up values; rows in `skip` have no result."""
    order = {row.key: i for i, row in enumerate(table.rows)}
    results = {
        column.at(row): Outcome(
            "made-up", column.task, f"{order[row.key]:08x}",
            {s: {m.key: 40 + order[row.key] % 50 + s + j / 7 for j, m in enumerate(table.metrics(column))}
             for s in range(seeds)},
        )
        for row, column in table.cells()
        if row.computed_by is not None and row.key not in skip
    }  # fmt: skip
    return records(table, results, "embedded")


@pytest.mark.parametrize("seeds", [1, 3])
def test_records_survive_a_file(seeds: int, tmp_path: Path) -> None:
    path = results_path(tmp_path, "embedded", TABLE.file_name)
    written = fabricate(TABLE, seeds, skip=(TABLE.rows[0].key,))
    write(path, written)
    first = path.read_bytes()
    write(path, read(path))
    assert path.read_bytes() == first
    assert load(TABLE, tmp_path, "embedded") == written
    assert load(TABLE, tmp_path, "paper") is None
    assert b"\r" not in first and b",," not in first and b"nan" not in first.lower()
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_cells_that_were_not_run_say_so() -> None:
    line = fabricate(TABLE, skip=("sp_mag",))[0].line()
    assert {line[column] for column in ("value", "ci_low", "ci_high", "seeds", "seed_values")} == {"not run"}
    assert (line["n_seeds"], line["status"], line["paper_value"]) == ("0", "not run: no result", "42.12")
    line = fabricate(TABLE, seeds=1)[0].line()
    assert (line["ci_low"], line["ci_high"], line["n_seeds"], line["status"]) == ("n=1", "n=1", "1", "measured")


@pytest.mark.parametrize(
    ("values", "extent"),
    [
        ((42.0, 40.0, 41.0), "[38.52, 43.48]"),
        ((42.0, 42.0, 42.0), "all equal"),
        ((42.0, 41.0), "41.00..42.00"),
        ((42.0,), "n=1"),
        ((), "not run"),
    ],
)
def test_readers_are_told_an_interval_a_range_or_why_there_is_none(values: tuple[float, ...], extent: str) -> None:
    reason = None if values else "no time"
    record = dataclasses.replace(fabricate(TABLE)[0], by_seed=tuple(enumerate(values)), not_run=reason)
    assert record.extent == extent


# Every column of a measured line, tampered with.
TAMPERED = {
    "version": "one", "sparsity": "1.5", "unit": "furlongs", "profile": "huge", "n_seeds": "4", "value": "99.99",
    "ci_low": "40.00", "ci_high": "", "seeds": "0;2;1", "seed_values": "40.0000;41.0000", "paper_value": "about 42",
    "status": "fine", "method": "", "experiment_id": " ",
}  # fmt: skip


@pytest.mark.parametrize("column", TAMPERED)
def test_tampered_lines_are_named(tmp_path: Path, column: str) -> None:
    path = tmp_path / TABLE.file_name
    write(path, fabricate(TABLE))
    lines = path.read_text().splitlines()
    cells = lines[3].split(",")
    cells[COLUMNS.index(column)] = TAMPERED[column]
    path.write_text("\n".join([*lines[:3], ",".join(cells), *lines[4:], ""]))
    with pytest.raises(DocumentError, match=rf"{TABLE.file_name}:4.*{column}.*; restore the file"):
        read(path)


def with_cell(folder: Path, column: str, cell: str) -> Path:
    """A whole result file but for a cell of its fourth line."""
    path = folder / TABLE.file_name
    write(path, fabricate(TABLE))
    lines = list(csv.reader(path.read_text().splitlines()))
    lines[3][COLUMNS.index(column)] = cell
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    return path


@pytest.mark.parametrize("blank", ["", " "])
@pytest.mark.parametrize("column", COLUMNS)
def test_no_column_may_be_blank(column: str, blank: str, tmp_path: Path) -> None:
    path = with_cell(tmp_path, column, blank)
    with pytest.raises(DocumentError, match=rf"{TABLE.file_name}:4, column {column}: blank; restore the file"):
        read(path)


@pytest.mark.parametrize(
    ("column", "cell", "complaint"),
    [
        ("seeds", "not run", "column seeds: 'not run' does not go with the status 'measured'"),
        ("seed_values", "not run", "column seed_values: 'not run' does not go with the status 'measured'"),
        ("status", "not run: no time", "column seeds: '0;1;2' does not go with the status 'not run: no time'"),
        ("seeds", "0;1", "column seed_values: 2 seeds have 3 values"),
        ("n_seeds", "-1", "column n_seeds: '-1' is no whole number from 0"),
        ("version", "0", "column version: '0' is no whole number from 1"),
    ],
)
def test_cells_that_do_not_go_together_are_named(column: str, cell: str, complaint: str, tmp_path: Path) -> None:
    path = with_cell(tmp_path, column, cell)
    with pytest.raises(DocumentError, match=rf"{TABLE.file_name}:4, {complaint}"):
        read(path)


@pytest.mark.parametrize("field", ["table", "row", "method", "task", "role", "data_set", "paper_ref", "experiment_id"])
def test_nothing_blank_is_written(field: str, tmp_path: Path) -> None:
    first, *others = fabricate(TABLE)
    with pytest.raises(RecordError, match=rf"column {field} is blank"):
        write(tmp_path / "a.csv", [dataclasses.replace(first, **{field: " "}), *others])
    assert not (tmp_path / "a.csv").exists()


def test_a_cell_that_occurs_twice_is_named_with_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / TABLE.file_name
    write(path, fabricate(TABLE))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, lines[2]]))
    with pytest.raises(DocumentError, match=rf":{len(lines) + 1}, .* occurs twice, first in line 3; "):
        read(path)


def test_rows_of_one_key_or_name_are_refused() -> None:
    for other, complaint in (
        (dataclasses.replace(ROW, method="B"), "row key 'a' occurs twice"),
        (dataclasses.replace(ROW, key="b"), "method 'A' occurs twice"),
    ):
        with pytest.raises(ValueError, match=complaint):
            small_table(other, columns=(COLUMN,))


def test_whole_files_are_checked_against_the_table(tmp_path: Path) -> None:
    path = results_path(tmp_path, "embedded", TABLE.file_name)
    written = fabricate(TABLE)
    write(path, written)
    text = path.read_text()
    for broken, complaint in (
        (text.replace(",42.12,", ",43.12,"), "column paper_value"),
        ("".join(text.splitlines(keepends=True)[:-1]), "lacks the cell"),
        (text + text.splitlines(keepends=True)[-1], "occurs twice"),
        (text.replace("table,version", "version,table"), "columns"),
        (text.replace(f"\nablation,{TABLE.version},", "\nablation,99,"), "column version: 99, but the table has"),
        (text.replace(",S+P (Mag.),", ",S+P (Grad.),"), "column method: .*Grad"),
    ):
        path.write_text(broken)
        with pytest.raises(DocumentError, match=complaint):
            load(TABLE, tmp_path, "embedded")
    with pytest.raises(RecordError, match="occurs twice"):
        write(path, [*written, written[0]])


@pytest.mark.parametrize(
    ("outcome", "complaint"),
    [
        (Outcome("d", "pose", "x", {0: {"miou": 1.0}}), "task"),
        (Outcome("d", "segmentation", "x"), "reason"),
        (Outcome("d", "segmentation", "x", {0: {"miou": 1.0}}, "failed"), "reason"),
        (Outcome("d", "segmentation", "x", {0: {"miou": 1.0}, 1: {"macc": 1.0}}), "only some seeds"),
        (Outcome("d", "segmentation", "x", {0: {"top1": 1.0}}), "no metric"),
        (Outcome("d", "segmentation", "x", {0: {"miou": float("nan")}}), "not a value"),
        (Outcome("d", "segmentation", "x", {0: {"miou": -100.0}}), "not a value"),
    ],
)
def test_results_that_do_not_fit_are_refused(outcome: Outcome, complaint: str) -> None:
    with pytest.raises(RecordError, match=complaint):
        records(TABLE, {Address("pp", "Cityscapes", 90): outcome}, "embedded")
    for elsewhere in (
        Address("pp", "Mars", 90),
        Address("pp", "Cityscapes", 80),
        Address("pp", "Cityscapes", 90, "Mars"),
    ):
        with pytest.raises(RecordError, match="no place"):
            records(TABLE, {elsewhere: outcome}, "embedded")


@pytest.mark.parametrize("changes", [{"source": "ADE20K"}, {"sparsity": 80}, {"role": "Mars"}, {"row": "pp"}])
def test_a_cell_is_row_data_set_source_sparsity_and_metric(changes: dict[str, str | int], tmp_path: Path) -> None:
    record = fabricate(TABLE)[0]
    other = dataclasses.replace(record, **changes)
    write(tmp_path / "two.csv", [record, other])
    assert read(tmp_path / "two.csv") == [record, other]
    with pytest.raises(RecordError, match="occurs twice"):
        write(tmp_path / "two.csv", [record, dataclasses.replace(record, method="another name")])


@pytest.mark.parametrize("sparsity", [-1, 100])
def test_sparsity_is_a_share(sparsity: int) -> None:
    with pytest.raises(RecordError, match=r"lies in 0\.\.99"):
        dataclasses.replace(fabricate(TABLE)[0], sparsity=sparsity)


COLUMN = TABLE.columns[0]
DENSE = dataclasses.replace(COLUMN, sparsity=0)
FROM_ADE20K = dataclasses.replace(COLUMN, source="ADE20K")
ROW = Row("a", "A", computed_by="a")


def small_table(*rows: Row, columns: tuple[Column, ...] = (COLUMN, DENSE, FROM_ADE20K)) -> Table:
    return Table("small", 1, "A table.", "nowhere", columns, (ROW, *rows))


def test_rows_stand_in_the_columns_that_fit_them() -> None:
    moved, network = Row("b", "{source} tickets", transfer=True, computed_by="b"), Row("c", "C")
    table = small_table(moved, network)
    assert list(table.cells()) == [(ROW, COLUMN), (network, DENSE), (moved, FROM_ADE20K)]
    assert moved.method_in(FROM_ADE20K) == "ADE20K tickets"
    assert str(FROM_ADE20K.at(moved)) == "b, ADE20K -> Cityscapes at 90 %"
    with pytest.raises(ValueError, match="row c stands in no column"):
        small_table(network, columns=(COLUMN,))
    with pytest.raises(ValueError, match="no row stands in the column"):
        small_table(network)
    with pytest.raises(ValueError, match="stands in no column"):
        small_table(moved, network, dataclasses.replace(ROW, key="d", method="D", roles=("Mars",)))
    with pytest.raises(ValueError, match="occurs twice"):
        small_table(moved, network, columns=(COLUMN, COLUMN, DENSE, FROM_ADE20K))


def test_networks_of_other_works_have_counted_costs_and_the_papers_word_for_the_rest() -> None:
    uncounted = Row("c", "C")
    counted = dataclasses.replace(uncounted, costs=lambda: {"params_total": 5.8, "macs_dense": 6.6})
    for network, seeds in ((uncounted, 0), (counted, 1)):
        found = records(small_table(network, columns=(COLUMN, DENSE)), {}, "embedded", {})
        own = {record.metric: record for record in found if record.row == "c"}
        assert len(own["params_total"].by_seed) == len(own["macs_dense"].by_seed) == seeds
        assert own["params_total"].experiment_id == ("counted" if seeds else "not run")
        for metric in ("miou", "params_nonzero"):
            assert own[metric].line()["status"] == "not run: printed by the paper, not measured here"
    trained = {DENSE.at(uncounted): Outcome("d", "segmentation", "x", {0: {"miou": 1.0}})}
    table = small_table(uncounted, columns=(COLUMN, DENSE))
    with pytest.raises(RecordError, match="no place"):
        records(table, trained, "embedded", {})


def test_sidecar_is_complete_and_sorted(tmp_path: Path) -> None:
    path = tmp_path / TABLE.file_name
    full = dict.fromkeys(reversed(REQUIRED), "x")
    write_sidecar(path, full)
    sidecar = tmp_path / f"ablation.v{TABLE.version}.json"
    assert list(json.loads(sidecar.read_text())) == sorted((*REQUIRED, "commit", "dirty"))
    with pytest.raises(ValueError, match="lacks device"):
        write_sidecar(path, {key: "x" for key in REQUIRED if key != "device"})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_sidecar(path, full | {"device": float("nan")})


ORIGIN = {"code_ids": {"a / b": "x"}, "command": "x", "device": "x", "versions": {"torch": "x"}}


def test_stored_versions_keep_their_meaning(tmp_path: Path) -> None:
    path = tmp_path / TABLE.file_name
    assert changed_meaning(TABLE, path) is None
    write_sidecar(path, ORIGIN | {"computed_by": computed_by(TABLE)})
    assert changed_meaning(TABLE, path) is None
    first, *others = TABLE.rows
    added = dataclasses.replace(TABLE, rows=(*TABLE.rows, dataclasses.replace(first, key="new", method="New")))
    assert changed_meaning(added, path) is None
    changed = dataclasses.replace(TABLE, rows=(dataclasses.replace(first, computed_by="sp_grad"), *others))
    assert f"row sp_mag is computed by 'sp_grad', in the stored version {TABLE.version} of ablation by 'sp_mag'" in str(
        changed_meaning(changed, path)
    )
    assert changed_meaning(dataclasses.replace(changed, version=99), tmp_path / "ablation.v99.csv") is None
