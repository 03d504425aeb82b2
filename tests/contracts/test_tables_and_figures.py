"""What every table and every figure has to honour, whoever adds it, and which package may know which."""

from __future__ import annotations

import ast
import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import paper_tables
from figures import reading, style
from figures.__main__ import main as figures_main
from figures.figure import figures
from figures.page import heading
from figures.telling import in_words
from paper_tables import __main__ as command
from paper_tables import profiles, published, registry
from paper_tables.collect import load, records
from paper_tables.metrics import COSTS, METRICS
from paper_tables.origin import changed_meaning
from paper_tables.records import Record, results_path, write
from paper_tables.render import to_markdown, to_terminal
from paper_tables.table import Table
from supertickets.discovery import Definitions
from tests.claims.test_records import fabricate

pytestmark = pytest.mark.fast

ROOT = Path(paper_tables.__file__).parents[1]
TABLES, EVERY = registry.tables(), registry.every()
RESULTS = ROOT / "paper_tables" / "results"


each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


# --- tables ---------------------------------------------------------------------------------------------------------


@each_table
def test_results_of_a_version_keep_its_meaning(table: Table) -> None:
    for name in profiles.BANNERS:
        assert changed_meaning(table, results_path(RESULTS, name, table.file_name)) is None


@each_table
def test_a_raised_version_says_what_changed(table: Table) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in range(2, table.version + 1):
        assert f"`{table.name}` v{version}: " in changelog


PRINTED_ON_SIGHT = ("Tab. 1", "Tab. 2", "Tab. 3", "Tab. 4", "Tab. 5", "Tab. 6", "Tab. 7", "Tab. 8", "Tab. 9")


@each_table
def test_a_table_of_the_paper_is_printed_in_full(table: Table) -> None:
    # The numbers behind a figure have anchors at most: the paper draws them and prints few.
    if table.paper_ref not in PRINTED_ON_SIGHT:
        return
    printed = published.load(table)
    accuracies = {(column.at(row), metric.key) for row, column in table.cells() for metric in column.metrics}
    assert accuracies <= set(printed)
    assert {metric for _, metric in set(printed) - accuracies} <= {"params_nonzero", "macs_official"}
    assert all(cell.paper_ref == table.paper_ref for cell in printed.values())


@cache
def printed_in(paper_ref: str) -> Any:
    """The printed cells of the table that the paper calls so."""
    [*_, found] = (table for table in TABLES.values() if table.paper_ref == paper_ref)
    return published.load(found)


@each_table
def test_anchors_are_what_their_table_prints(table: Table) -> None:
    for key, cell in published.load(table).items():
        assert printed_in(cell.paper_ref)[key] == cell, key


def test_tables_of_a_data_set_and_a_sparsity_share_their_runs() -> None:
    methods: dict[str, set[str | None]] = {}
    for table in TABLES.values():
        for row in table.rows:
            methods.setdefault(row.key, set()).add(row.computed_by)
    assert {key: found for key, found in methods.items() if len(found) > 1} == {}


def test_tables_come_in_the_papers_order() -> None:
    order = list(TABLES)
    assert order[0] == "ablation"
    assert list(EVERY).index("latency") == list(EVERY).index("lottery-init") + 1
    drawn = [name for name, table in TABLES.items() if "Tab. " not in table.paper_ref]
    assert drawn == order[-len(drawn) :]
    others = [table.paper_ref.startswith(registry.OTHER_PAPER) for table in TABLES.values()]
    assert others.index(True) == order.index("lottery-init") + 1, "another paper's tables follow the paper's own"
    assert sorted(others[-len(drawn) :]) == others[-len(drawn) :], "and so does what it draws"


def test_published_ablation_adds_up_to_the_sentences() -> None:
    # The improvements that the paper's text states for progressive pruning: a check on our copying.
    printed = {key: float(cell.text) for key, cell in published.load(TABLES["ablation"]).items()}
    vanilla = {address: replace(address, row="two_in_one") for address, _ in printed}
    gains = [printed[a, metric] - printed[vanilla[a], metric] for a, metric in printed if a.row == "pp"]
    assert gains == pytest.approx([8.05, 6.18, 1.20, 1.76, 1.25, 2.44, 1.56])


CELL = "sp_mag,Cityscapes,none,0.90,miou,1,Tab. 1"


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (CELL.replace("Cityscapes", "Mars"), "no cell sp_mag, Mars at 90 %, miou"),
        (CELL.replace("sp_mag", "nobody"), "no cell nobody"),
        (CELL.replace("miou", "ap"), "no cell .*, ap"),
        (CELL.replace("0.90", "0.80"), "no cell .* at 80 %"),
        (CELL.replace("none", "ADE20K"), "no cell sp_mag, ADE20K -> Cityscapes"),
        (CELL.replace(",1,", ",nan,"), ":2, column value: 'nan'"),
        (CELL.replace(",Tab. 1", ""), ":2: "),
        (f"{CELL}\n{CELL}", ":3: the cell occurs twice"),
    ],
)
def test_broken_published_files_name_the_place(tmp_path: Path, broken: str, complaint: str) -> None:
    (tmp_path / "ablation.csv").write_text(f"{','.join(published.COLUMNS)}\n{broken}\n")
    with pytest.raises(ValueError, match=rf"ablation\.csv.*{complaint}"):
        published.load(TABLES["ablation"], tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A file there is like one in the folder of the tables itself."""
    found = tmp_path / "tables"
    found.mkdir()
    paper_tables.__path__.append(str(found))
    yield found
    paper_tables.__path__.pop()
    sys.modules.pop("paper_tables.another", None)


@pytest.mark.slow
def test_a_table_is_one_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (ROOT / "paper_tables" / "ablation.py").read_text()
    ours = source.replace('name="ablation"', 'name="another"').replace('paper_ref="Tab. 1"', 'paper_ref="ours"')
    (folder / "another.py").write_text(ours)
    (folder / "no_table.py").write_text("raise RuntimeError('imported without need')\n")
    found = registry.tables()
    assert set(found) == {*TABLES, "another"}
    # The command lists, plans and would fill it without another edit.
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path / "cache"))
    assert command.main(["--table", "another", "--list", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"\nanother v{found['another'].version} (ours): {found['another'].title}\n" in said
    # per data set and seed eight steps that make tickets, and two for every cell: scores and costs
    assert "14 cells, 5 seeds: 220 runs" in said and "stored: 0 of 220 runs" in said
    # Its results are written, read and shown, with no printed number in them.
    shown = fabricate(found["another"])
    assert all(record.paper_value is None for record in shown)
    write(results_path(tmp_path, "embedded", found["another"].file_name), shown)
    assert load(found["another"], tmp_path, "embedded") == shown
    assert "(another, version" in to_markdown(found["another"], shown)
    (folder / "another.py").write_text(source)
    del sys.modules["paper_tables.another"]
    with pytest.raises(ValueError, match=r"'ablation' is defined twice, in ablation\.py and in another\.py"):
        registry.tables()


# --- rendering ------------------------------------------------------------------------------------------------------


def terminal(table: Table, shown: list[Record], width: int) -> str:
    from rich.console import Console

    lines = io.StringIO()
    to_terminal(table, shown, Console(file=lines, width=width))
    return lines.getvalue()


def with_made_up_costs(table: Table) -> Table:
    """Counting other works' networks takes seconds and is tested where it is done."""
    made_up = dict.fromkeys((metric.key for metric in COSTS), 1.25)
    return replace(table, rows=tuple(replace(row, costs=row.costs and (lambda: made_up)) for row in table.rows))


@pytest.mark.slow
@each_table
@pytest.mark.parametrize("seeds", [1, 3])
def test_rendering_is_complete(table: Table, seeds: int) -> None:
    table = with_made_up_costs(table)
    missing = next(row for row in table.rows if row.computed_by is not None)
    shown = fabricate(table, seeds, skip=(missing.key,))
    wide, markdown = terminal(table, shown, 100), to_markdown(table, shown)
    assert markdown == to_markdown(table, shown[::-1])
    assert max(map(len, wide.splitlines())) <= 100
    # A long note is folded at the terminal's width.
    folded = " ".join(wide.split())
    methods = {record.method for record in shown if record.row == missing.key}
    for text in (folded, markdown):
        assert profiles.BANNERS["embedded"] in text
        assert "…" not in text
        assert table.note in text
        assert all(f"not run: {method}" in text for method in methods)
        for record in shown:
            if record.paper_value is not None:
                assert f"({record.paper_value})" in text
                assert record.line()["value"] in text
    # No digit is lost in a narrow terminal either.
    assert "…" not in terminal(table, shown, 72)


@each_table
def test_printed_numbers_are_never_shown_as_measured(table: Table) -> None:
    # counted costs are measured; without them nothing is
    table = replace(table, rows=tuple(replace(row, costs=None) for row in table.rows))
    shown = records(table, {}, "embedded")
    lines = [line.split("|") for line in to_markdown(table, shown).splitlines() if line.startswith("|")]
    names = {row.method_in(column) for row, column in table.cells()}
    # The first cell is the method's name; headings and their rules have no digits, but a curve's have its sparsities.
    cells = [cell.strip() for _, name, *line in lines if name.strip() in names for cell in line]
    numbers = [cell for cell in cells if any(character.isdigit() for character in cell)]
    assert len(numbers) >= len(published.load(table))
    assert all(cell.startswith("not run (") or cell == "0" for cell in numbers), numbers


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cityscapes", "transfer-curves"])
def test_rows_show_where_tickets_come_from_and_networks_stand_beside_them(name: str) -> None:
    markdown = to_markdown(TABLES[name], fabricate(TABLES[name]))
    if name == "cityscapes":
        assert "| BiSeNet | not run (69.00) | 0 |" in markdown
        assert "sparsity 50 %" in markdown and "sparsity 0 %" not in markdown
    else:
        assert "| Method | 30 % | 80 % | 90 % | 95 % | 98 % | n |" in markdown
        assert "| SuperTickets from ImageNet |" in markdown


def test_profiles_do_not_mix_in_a_table() -> None:
    with pytest.raises(ValueError, match="one profile"):
        to_markdown(TABLES["ablation"], [])


# --- figures --------------------------------------------------------------------------------------------------------


def test_data_sets_are_called_what_people_call_them() -> None:
    measured = reading.read(RESULTS / "small" / "ablation.v3.csv")[0]
    assert heading([measured]) == "In the place of Cityscapes: CamVid"
    assert ", CamVid in the place of Cityscapes:" in in_words(measured)
    drawn = replace(measured, data_set="embedded_streets")
    assert heading([drawn]) == "In the place of Cityscapes: embedded streets"
    itself = replace(measured, data_set="cityscapes")
    assert heading([itself]) == "Cityscapes" and "in the place of" not in in_words(itself)


def test_figures_need_tables_that_exist() -> None:
    for figure in figures().values():
        assert set(figure.needs) <= set(EVERY)
        assert figure.needs or figure.name == "method", "the one drawing of no numbers"
        if not figure.needs:
            continue
        assert {isinstance(EVERY[name], Table) for name in figure.needs} == {figure.read is reading.read}
    assert set(EVERY) - set(TABLES) <= set(figures()), "written tables are there for their figures"
    assert len(EVERY) == len(TABLES) + len(Definitions("TABLE", "paper_tables.written"))


def test_every_metric_of_a_result_has_its_name_and_unit() -> None:
    for path in sorted(RESULTS.glob("*/*.v*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            named = {(line["metric"], line["unit"]) for line in csv.DictReader(file) if "unit" in line}
        own = {(metric.key, metric.unit) for metric in METRICS.values()} | {("latency_ms", "ms"), ("fps", "1/s")}
        assert named <= own, path
    assert style.METRICS["ap_m"] == "AP$^{M}$" and "gpu_fps" not in style.METRICS and "macs_dense" not in style.METRICS


@pytest.mark.slow
def test_figures_without_results_or_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures_main(["--results", str(tmp_path)]) == 0
    assert figures_main(["--results", str(tmp_path), "--profile", "paper"]) == 1
    assert "no results of ablation" in capsys.readouterr().out
    assert figures_main(["--results", str(tmp_path), "--figure", "transfer"]) == 1
    assert "python -m paper_tables --table transfer --profile small makes them" in capsys.readouterr().out
    assert figures_main(["--results", str(tmp_path / "nowhere")]) == 2
    path = results_path(tmp_path, "paper", "ablation.v2.csv")
    path.parent.mkdir()
    path.write_text("table,version\nablation,1\n")
    assert figures_main(["--results", str(tmp_path)]) == 2
    assert f"{path}:1: no column " in capsys.readouterr().err
    path.with_name("ablation.v10.csv").touch()
    assert reading.newest(tmp_path, "paper", "ablation") == path.with_name("ablation.v10.csv")


# --- who may know whom ----------------------------------------------------------------------------------------------

FORBIDDEN = {
    "supertickets": {"bench", "paper_tables", "figures", "tests"},
    "bench": {"paper_tables", "figures", "tests"},
    "paper_tables": {"figures", "tests"},
    "figures": {"supertickets", "bench", "paper_tables", "tests"},
}
SHARED = {
    "supertickets.discovery", "supertickets.files", "supertickets.scratch", "supertickets.locks",
    "supertickets.command_line", "supertickets.command_parser", "supertickets.wording", "supertickets.checkout",
    "supertickets.completion",
    "supertickets.streams", "paper_tables.statistics", "supertickets.documents",
    *(f"supertickets.documents.{name}" for name in ("cells", "sheets", "sidecars", "texts", "trees")),
}  # fmt: skip
"""What figures may use too: they load nothing and know nothing of what is computed."""


def imported(source: str) -> set[str]:
    """Return the top-level packages that a module imports anywhere, inside functions too, apart from `SHARED`."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            modules.add(node.module)
    return {module.partition(".")[0] for module in modules - SHARED}


def test_imports_are_found_where_they_hide() -> None:
    source = "import bench.runner as r\ndef f():\n    from figures.style import save\nfrom . import tests\n"
    assert imported(source + "from supertickets.files import x") == {"bench", "figures"}
    assert imported("from supertickets import files") == {"supertickets"}


def test_what_all_packages_share_loads_nothing() -> None:
    for module in SHARED:
        path = ROOT.joinpath(*module.split("."))
        source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
        # argcomplete is imported only while a shell asks for a completion
        assert imported(source) - {"argcomplete"} <= sys.stdlib_module_names, module


@pytest.mark.parametrize("package", FORBIDDEN)
def test_dependencies_point_one_way(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        # Tests that lie beside the code they time may import what they like.
        if not path.name.startswith("test_"):
            source = path.read_text(encoding="utf-8")
            # few files as much as name another package, and parsing takes long
            named = {other for other in FORBIDDEN[package] if other in source}
            assert not named or not imported(source) & named, path


def test_drawing_libraries_load_only_when_drawing() -> None:
    libraries = {"matplotlib", "pandas", "rich", "jinja2"}
    for package in ("figures", "paper_tables"):
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if not any(library in source for library in libraries):
                continue
            top = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
            names = {package for node in top for package in imported(ast.unparse(node))}
            assert not names & libraries, path
