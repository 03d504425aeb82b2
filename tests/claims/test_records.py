"""The result CSV that claims rest on: it survives a round trip, and whatever is tampered with is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paper_tables.ablation import TABLE
from paper_tables.collect import Outcome, load, records
from paper_tables.records import COLUMNS, Record, RecordError, read, results_path, write
from paper_tables.sidecar import REQUIRED, write_sidecar
from paper_tables.table import Table

pytestmark = pytest.mark.fast


def fabricate(table: Table, seeds: int = 3, skip: tuple[str, ...] = ()) -> list[Record]:
    """Return records with made-up values; rows in `skip` have no result."""
    results = {
        (row.key, role.name): Outcome(
            "made-up", role.task, role.sparsity, f"{i:08x}",
            {s: {m.key: 40 + i + s + j / 7 for j, m in enumerate(table.metrics(role))} for s in range(seeds)},
        )
        for role in table.roles
        for i, row in enumerate(table.rows)
        if row.key not in skip
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
    with pytest.raises(RecordError, match=rf"{TABLE.name}\.v1\.csv:4, column "):
        read(path)


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
        (text.replace("\nablation,1,", "\nablation,2,"), "belongs to"),
    ):
        path.write_text(broken)
        with pytest.raises(RecordError, match=complaint):
            load(TABLE, tmp_path, "embedded")
    with pytest.raises(RecordError, match="occurs twice"):
        write(path, [*written, written[0]])


@pytest.mark.parametrize(
    ("outcome", "complaint"),
    [
        (Outcome("d", "pose", 0.9, "x", {0: {"miou": 1.0}}), "task"),
        (Outcome("d", "segmentation", 0.9, "x"), "reason"),
        (Outcome("d", "segmentation", 0.9, "x", {0: {"miou": 1.0}}, "failed"), "reason"),
        (Outcome("d", "segmentation", 0.9, "x", {0: {"miou": 1.0}, 1: {"macc": 1.0}}), "only some seeds"),
        (Outcome("d", "segmentation", 0.9, "x", {0: {"top1": 1.0}}), "no metric"),
        (Outcome("d", "segmentation", 0.9, "x", {0: {"miou": float("nan")}}), "not a value"),
        (Outcome("d", "segmentation", 0.9, "x", {0: {"miou": -100.0}}), "not a value"),
        (Outcome("d", "segmentation", 90, "x", {0: {"miou": 1.0}}), "fraction"),
    ],
)
def test_results_that_do_not_fit_are_refused(outcome: Outcome, complaint: str) -> None:
    with pytest.raises(RecordError, match=complaint):
        records(TABLE, {("pp", "Cityscapes"): outcome}, "embedded")
    with pytest.raises(RecordError, match="no place"):
        records(TABLE, {("pp", "Mars"): outcome}, "embedded")


def test_sidecar_is_complete_and_sorted(tmp_path: Path) -> None:
    path = tmp_path / "ablation.v1.csv"
    full = dict.fromkeys(reversed(REQUIRED), "x")
    sidecar = write_sidecar(path, full)
    assert sidecar.name == "ablation.v1.json"
    assert list(json.loads(sidecar.read_text())) == sorted(REQUIRED)
    with pytest.raises(ValueError, match="lacks commit"):
        write_sidecar(path, {key: "x" for key in REQUIRED if key != "commit"})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_sidecar(path, full | {"device": float("nan")})
