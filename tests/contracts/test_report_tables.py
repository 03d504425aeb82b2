"""Tables in the report: every cell, how to make them anew, and what is missing."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from figures.__main__ import RESULTS
from figures.metrics import ACCURACIES
from figures.reading import BANNERS
from figures.report.catalogue import CATALOGUE
from tests.fabricated import TABLES, write
from tests.report_page import ORIGIN, Page, fabricate, report

pytestmark = pytest.mark.slow


def named(line: dict[str, str]) -> str:
    transferred = line["source"] != "none" and line["source"] not in line["method"]
    return f"{line['method']} (from {line['source']})" if transferred else line["method"]


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_of_every_table_is_there(name: str, tmp_path: Path, whole: Page) -> None:
    with write(tmp_path / "t.csv", name, TABLES[name]).open(newline="") as file:
        lines = list(csv.DictReader(file))
    rows: dict[tuple[object, ...], list[str]] = {}
    by_seed: dict[tuple[object, ...], list[str]] = {}
    for line in lines:
        any_printed = any(
            other["paper_value"] != "not printed"
            for other in lines
            if (other["role"], other["metric"]) == (line["role"], line["metric"])
        )
        interval = f" [{line['ci_low']}, {line['ci_high']}]" if line["status"] == "measured" else ""
        # how good a net is, and what it costs, are two tables
        key = (line["row"], line["role"], line["source"], line["sparsity"], line["metric"] in ACCURACIES)
        cells = rows.setdefault(key, [named(line), f"{100 * float(line['sparsity']):g}", line["n_seeds"]])
        if line["status"] == "measured":
            by_seed.setdefault(key, []).append(line["seed_values"].replace(";", ", "))
        cells.append(line["value"] + interval)
        if any_printed:
            cells.append("none" if line["paper_value"] == "not printed" else line["paper_value"])
    shown = [row for table in whole.tables for row in table]
    for cells in rows.values():
        assert cells in shown
    for values in by_seed.values():
        assert any(all(value in told for value in values) for told in whole.seeds)
    assert f"Table {name} , version 1" in whole.said


def test_commands_make_what_is_shown(tmp_path: Path, whole: Page) -> None:
    results = tmp_path / "results"
    write(results / "small" / "transfer.v1.csv", "transfer", TABLES["transfer"], "small", seeds=2)
    said = report(results, tmp_path).said
    assert "nox -s tables -- --table transfer --profile small --seeds 2 --data-root DIR" in said
    assert "nox -s tables -- --table transfer --profile embedded --seeds 3 " in whole.said
    assert "--seeds 3 --data-root DIR" not in whole.said
    assert "nox -s tables -- --all --profile PROFILE" in said


def test_tab_10_is_a_grid_and_not_missing(tmp_path: Path) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    shutil.copytree(RESULTS / "latency", results / "latency")
    page = report(results, tmp_path)
    (grid,) = [table for table in page.tables if table[0] == ["network", "quantity", "measured", "printed", "where"]]
    with (results / "latency" / "latency.v2.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(grid) == 1 + len(lines)
    for row, line in zip(grid[1:], lines, strict=True):
        assert row[0] == line["name"] + ("" if line["stage"] == "none" else f", {line['stage']}")
        assert row[2] == line["value"]
        assert row[3] == ("none" if line["paper_value"] == "not printed" else line["paper_value"])
        assert all(line[column] in (*row[4].split("; "), "none") for column in ("device", "variant"))
        assert line["value"] != "not run" or line["status"] in row[4]
    assert "( latency ): not run" not in page.said
    assert "Make it anew: nox -s tables -- --table latency medium profile" in page.said


def test_a_table_of_our_own_is_titled_by_its_origin(tmp_path: Path) -> None:
    results = tmp_path / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"], "another": TABLES["ablation"]})
    (results / "embedded" / "another.v1.json").write_text(
        json.dumps(ORIGIN | {"title": "Our own", "paper_ref": "Alg. 1"})
    )
    said = report(results, tmp_path).said
    assert "Alg. 1: Our own " in said and said.index("lottery-init") < said.index("Table another , version 1")


def test_what_was_not_run_is_named(whole: Page) -> None:
    for banner in (BANNERS["small"], BANNERS["paper"]):
        assert f"{banner} Not run: there are no results of any table at this scale." in whole.said
    assert "Tab. 10: Speed on a GPU and on a sparse accelerator ( latency ): not run" in whole.said
    assert "not run: CondenseNet at 0 %, ShuffleNetV1 at 0 %" in whole.said
    for one in CATALOGUE:
        assert (f"( {one.table} ): not run" in whole.said) == (one.table not in TABLES)
