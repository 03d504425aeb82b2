"""What every table and every figure has to honour, whoever adds it, and which package may know which."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest

import paper_tables
from figures import reading, style
from figures.__main__ import main as figures_main
from figures.figure import Figure, figures
from figures.report.catalogue import CATALOGUE
from paper_tables import profiles, published, registry
from paper_tables.collect import records
from paper_tables.records import Record, results_path, write
from paper_tables.render import to_markdown, to_terminal
from paper_tables.table import Table
from tests.claims.test_records import fabricate
from tests.layout import assert_texts_apart

pytestmark = pytest.mark.fast

ROOT = Path(paper_tables.__file__).parents[1]
TABLES = registry.tables()
AWAITED = {
    "existence-curves", "trade-off-curves", "ablation-curves", "transfer-curves", "transfer", "random-baselines",
    "transfer-baselines", "lottery-init", "imagenet", "cityscapes", "ade20k", "coco",
}  # fmt: skip
"""Tables that figures are ready for and that do not exist yet: take a name out when its table arrives."""
FIGURES = {name: figure for name, figure in figures().items() if not AWAITED.intersection(figure.needs)}
FROZEN_VERSIONS = {"ablation": 1}
"""Raise a version here and in the table together, and write the changelog line."""


each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
each_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)


# --- tables ---------------------------------------------------------------------------------------------------------


def test_versions_are_frozen() -> None:
    assert {name: table.version for name, table in TABLES.items()} == FROZEN_VERSIONS


@each_table
def test_every_row_and_metric_is_published(table: Table) -> None:
    printed = published.load(table)
    expected = {
        (row.key, role.name, metric.key) for row in table.rows for role in table.roles for metric in role.metrics
    }
    assert set(printed) == expected
    assert all(cell.paper_ref == table.paper_ref for cell in printed.values())


def test_published_ablation_adds_up_to_the_sentences() -> None:
    # The improvements that the paper's text states for progressive pruning: a check on our copying.
    printed = {key: float(cell.text) for key, cell in published.load(TABLES["ablation"]).items()}
    gains = [printed["pp", role, m] - printed["two_in_one", role, m] for row, role, m in printed if row == "pp"]
    assert gains == pytest.approx([8.05, 6.18, 1.20, 1.76, 1.25, 2.44, 1.56])


@pytest.mark.parametrize("broken", ["sp_mag,Mars,miou,1,x", "nobody,Cityscapes,miou,1,x", "sp_mag,Cityscapes,ap,1,x",
                                    "sp_mag,Cityscapes,miou,nan,x", "sp_mag,Cityscapes,miou,1"])  # fmt: skip
def test_broken_published_files_name_the_line(tmp_path: Path, broken: str) -> None:
    (tmp_path / "ablation.csv").write_text(f"row,role,metric,value,paper_ref\n{broken}\n")
    with pytest.raises(ValueError, match=r"ablation\.csv:2: "):
        published.load(TABLES["ablation"], tmp_path)


def test_a_table_is_one_file(tmp_path: Path) -> None:
    source = (ROOT / "paper_tables" / "ablation.py").read_text()
    (tmp_path / "another.py").write_text(source.replace('name="ablation"', 'name="another"'))
    (tmp_path / "no_table.py").write_text("raise RuntimeError('imported without need')\n")
    assert set(registry.tables([tmp_path])) == {*TABLES, "another"}
    (tmp_path / "another.py").write_text(source)
    with pytest.raises(ValueError, match="two modules define a table named 'ablation'"):
        registry.tables([tmp_path])


# --- rendering ------------------------------------------------------------------------------------------------------


def terminal(table: Table, shown: list[Record], width: int) -> str:
    from rich.console import Console

    lines = io.StringIO()
    to_terminal(table, shown, Console(file=lines, width=width))
    return lines.getvalue()


@each_table
@pytest.mark.parametrize("seeds", [1, 3])
def test_rendering_is_complete(table: Table, seeds: int) -> None:
    missing = table.rows[1]
    shown = fabricate(table, seeds, skip=(missing.key,))
    wide, markdown = terminal(table, shown, 100), to_markdown(table, shown)
    assert markdown == to_markdown(table, shown[::-1])
    assert max(map(len, wide.splitlines())) <= 100
    for text in (wide, markdown):
        assert profiles.BANNERS["embedded"] in text
        assert "…" not in text
        assert f"not run: {missing.method}" in text
        for record in shown:
            if record.paper_value is not None:
                assert f"({record.paper_value})" in text
                assert record.line()["value"] in text
    # No digit is lost in a narrow terminal either.
    assert "…" not in terminal(table, shown, 72)


@each_table
def test_printed_numbers_are_never_shown_as_measured(table: Table) -> None:
    shown = records(table, {}, "embedded")
    cells = [
        c.strip() for line in to_markdown(table, shown).splitlines() if line.startswith("|") for c in line.split("|")
    ]
    numbers = [cell for cell in cells if any(character.isdigit() for character in cell) and "-in-" not in cell]
    assert len(numbers) >= len(published.load(table))
    assert all(cell.startswith("not run (") or cell == "0" for cell in numbers), numbers


def test_profiles_do_not_mix_in_a_table() -> None:
    with pytest.raises(ValueError, match="one profile"):
        to_markdown(TABLES["ablation"], [])


# --- figures --------------------------------------------------------------------------------------------------------


def test_figures_need_tables_that_exist() -> None:
    assert not AWAITED & set(TABLES)
    for figure in figures().values():
        assert figure.needs and set(figure.needs) <= set(TABLES) | AWAITED


def test_the_report_knows_every_table() -> None:
    assert set(TABLES) <= {one.table for one in CATALOGUE}


def test_figures_and_tables_use_the_same_words() -> None:
    assert reading.BANNERS == profiles.BANNERS
    labels = {m.key: m for table in TABLES.values() for role in table.roles for m in table.metrics(role)}
    assert {metric.unit for metric in labels.values()} <= set(style.UNITS)
    for table in TABLES.values():
        assert {m.key for role in table.roles for m in role.metrics} <= set(style.METRICS)


@each_figure
def test_no_text_overlaps_or_leaves_the_page(figure: Figure, tmp_path: Path) -> None:
    cells = {}
    for name in figure.needs:
        path = tmp_path / TABLES[name].file_name
        write(path, fabricate(TABLES[name]))
        cells[name] = reading.read(path)
    with style.style():
        drawing = figure.draw(cells, "embedded")
    assert_texts_apart(drawing)


def test_figures_without_results_or_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures_main(["--results", str(tmp_path)]) == 0
    assert figures_main(["--results", str(tmp_path), "--profile", "paper"]) == 1
    assert "no results of ablation" in capsys.readouterr().out
    assert figures_main(["--results", str(tmp_path / "nowhere")]) == 2
    path = results_path(tmp_path, "paper", "ablation.v1.csv")
    path.parent.mkdir()
    path.write_text("table,version\nablation,1\n")
    assert figures_main(["--results", str(tmp_path)]) == 2
    assert f"{path}:2" in capsys.readouterr().err
    path.with_name("ablation.v10.csv").touch()
    assert reading.newest(tmp_path, "paper", "ablation") == path.with_name("ablation.v10.csv")


# --- who may know whom ----------------------------------------------------------------------------------------------

FORBIDDEN = {
    "supertickets": {"bench", "paper_tables", "figures", "tests"},
    "bench": {"paper_tables", "figures", "tests"},
    "paper_tables": {"figures", "tests"},
    "figures": {"supertickets", "bench", "paper_tables", "tests"},
}


def imported(source: str) -> set[str]:
    """Return the top-level packages that a module imports anywhere, inside functions too."""
    packages = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            packages.add(node.module.partition(".")[0])
    return packages


def test_imports_are_found_where_they_hide() -> None:
    source = "import bench.runner as r\ndef f():\n    from figures.style import save\nfrom . import tests\n"
    assert imported(source) == {"bench", "figures"}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_dependencies_point_one_way(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        # Tests that lie beside the code they time may import what they like.
        if not path.name.startswith("test_"):
            assert not imported(path.read_text(encoding="utf-8")) & FORBIDDEN[package], path


def test_drawing_libraries_load_only_when_drawing() -> None:
    for package in ("figures", "paper_tables"):
        for path in sorted((ROOT / package).rglob("*.py")):
            top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
            names = {package for node in top for package in imported(ast.unparse(node))}
            assert not names & {"matplotlib", "pandas", "rich", "jinja2"}, path
