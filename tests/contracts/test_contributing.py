"""The worked examples of CONTRIBUTING.md and the README do what is said of them; links lead somewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

import bench.data
import bench.engines
import bench.methods
import figures
import paper_tables
import supertickets.criteria
from bench.data import data_set
from bench.engines import Asked, engines
from bench.experiments import Run
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.runner import Runner
from bench.steps.prune import Prune
from bench.store import Store
from figures.__main__ import main as draw
from paper_tables import registry, rows
from paper_tables.arguments import parser
from paper_tables.methods import NAMES
from paper_tables.records import results_path, write
from paper_tables.watch import Lines
from supertickets.searching import UnitShape
from supertickets.ticket import Ticket
from tests.claims.test_records import fabricate
from tests.contracts.documents import PAGES, ROOT, anchors, blocks, example, links
from tests.end_to_end.tiny_tables import tiny

FILES = (
    "bench/data/stripes.py", "bench/engines/in_turn.py", "bench/methods/largest.py", "supertickets/criteria/largest.py",
    "paper_tables/middle_sparsities.py", "figures/middle_sparsities.py",
)  # fmt: skip


@pytest.fixture
def added(tmp_path: Path) -> Iterator[Path]:
    """The example files, as if they lay in the folders of their packages."""
    packages: dict[str, Any] = {
        "bench/data": bench.data, "bench/engines": bench.engines, "bench/methods": bench.methods,
        "supertickets/criteria": supertickets.criteria, "paper_tables": paper_tables, "figures": figures,
    }  # fmt: skip
    for folder, package in packages.items():
        (tmp_path / folder).mkdir(parents=True)
        package.__path__.append(str(tmp_path / folder))
    for path in FILES:
        (tmp_path / path).write_text(example(path))
    bench.data._found.cache_clear()
    bench.methods.methods.cache_clear()
    yield tmp_path
    for package in packages.values():
        package.__path__.pop()
    bench.data._found.cache_clear()
    bench.methods.methods.cache_clear()
    for path in FILES:
        sys.modules.pop(path.removesuffix(".py").replace("/", "."), None)


@pytest.mark.fast
def test_a_data_set_is_one_file(added: Path) -> None:
    found = data_set("stripes")
    found.check(None)
    samples = found.load(None, "train", (32, 32), added / "cache")
    assert len(samples) == 16 and samples.labels.unique().tolist() == [0, 1]
    assert torch.equal(samples.images[:, 0] == 200, samples.labels == 1)


@pytest.mark.fast
def test_a_method_is_one_file_and_a_name(added: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [(key, name)] = re.findall(r"`(sp_largest),(.*)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    monkeypatch.setitem(NAMES, key, name)
    assert rows.row(key).method == name
    step = step_for(key, Condition(profile("embedded").setting("Cityscapes"), 50))
    assert isinstance(step, Prune) and step.pruning.criterion == "largest"


@pytest.mark.slow
def test_a_table_and_its_figure_are_one_file_each(added: Path) -> None:
    assert parser().parse_args(["--table", "middle-sparsities"]).table == "middle-sparsities"
    table = registry.tables()["middle-sparsities"]
    write(results_path(added / "results", "embedded", table.file_name), fabricate(table))
    where = ["--results", str(added / "results"), "--out", str(added / "drawn")]
    assert draw(["--figure", "middle-sparsities", "--profile", "embedded", *where]) == 0
    assert (added / "drawn" / "embedded" / "middle-sparsities.svg").is_file()


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:.*(nothing is kept of|nothing was searched)"
)  # here, runs are a thread of this process
def test_an_engine_is_one_file(added: Path) -> None:
    assert parser().parse_args(["--table", "ablation", "--engine", "in_turn"]).engine == "in_turn"
    pruned = Run(step_for("sp_mag", Condition(tiny(profile("embedded").setting("Cityscapes")), 90)), 0)

    def ticket_of(engine: str) -> bytes:
        environment = Environment(added / engine, None)
        runner = Runner(Store(environment), lambda: engines()[engine](environment, Asked(jobs=1)), Lines())
        assert not runner.run([[pruned]], lambda *_: None)
        return runner.store.ticket(pruned).to_bytes()

    with ThreadPoolExecutor(1) as apart:  # what computes sets how its thread rounds
        assert apart.submit(ticket_of, "in_turn").result() == ticket_of("local")


@pytest.mark.fast
def test_tables_are_called_as_their_modules() -> None:
    assert registry.table_names() == sorted(registry.every())


@pytest.mark.slow
def test_the_readme_finds_a_ticket_that_beats_a_constant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for code in blocks(ROOT / "README.md"):
        exec(compile(code, "README.md", "exec"), names)
    ticket, supernet = Ticket.load(tmp_path / "ticket.safetensors"), names["supernet"]
    assert names["recipe"].rho > 0
    assert units(ticket.shape) < units(supernet.shape(supernet.build(0))), "the search removed units"
    assert 0.45 < ticket.sparsity <= 0.5
    [scores] = [eval(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert (names["answers"] == names["classes"]).float().mean() > 0.5
    assert (tmp_path / "ticket.onnx").is_file()
    constant = 100 * names["classes"].flatten().bincount().max().item() / names["classes"].numel() / 5
    assert scores["miou"] > 10 * constant
    told = re.search(r"mIoU near (\d+); of a constant (\d+\.\d)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert told and abs(scores["miou"] - int(told[1])) < 6 and round(constant, 1) == float(told[2])


def units(shape: UnitShape) -> int:
    return sum(map(sum, shape.values()))


@pytest.mark.fast
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        place, _, anchor = link.partition("#")
        if place.startswith(("https://", "http://")):
            continue
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.fast
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_hold_no_two_versions_of_a_passage(page: Path) -> None:
    left = re.findall(r"^(?:<{7}|>{7}|\|{7}) .*$|^={7}$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert left == [], "a merge was not ended"
