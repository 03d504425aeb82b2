"""Every table of detectors at tiny size, from trainings to pictures: planned, computed, written, claimed, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.context import compute
from bench.data import embedded_objects, embedded_scene_people, embedded_scenes, embedded_things
from bench.engines.local import LocalProcesses
from bench.identity import Environment
from bench.runner import Runner
from bench.store import Store
from figures import style
from figures.figure import figures
from paper_tables import collect, registry
from paper_tables.claims.evidence import measured
from paper_tables.claims.judge import judge
from paper_tables.claims.registry import claims, judged_tables
from paper_tables.claims.verdict import Verdict
from paper_tables.plan import Output, Plan
from paper_tables.planning import plan_one
from paper_tables.records import Record
from paper_tables.table import Table
from tests.end_to_end.test_runner import Notes
from tests.end_to_end.tiny_tables import tiny_profile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*nothing is kept of"),
]

PROFILE = replace(tiny_profile(), name="embedded")
PLANNED = {name: table for name, table in registry.every().items() if name.startswith("or-") and "few" not in name}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where every table was written."""
    base = tmp_path_factory.mktemp("detectors")
    with pytest.MonkeyPatch.context() as patch:
        for module in (embedded_scenes, embedded_scene_people, embedded_things, embedded_objects):
            patch.setattr(module, "DATA_SET", replace(module.DATA_SET, train_count=24, val_count=12))
        environment = Environment(base / "cache", None)
        store, notes = Store(environment, lambda _: None), Notes()
        for table in PLANNED.values():
            item = plan_one(table, PROFILE, 1)
            for run in item.all_runs:
                if store.load(run) is None:
                    compute(run, environment, store, lambda *_: None)
            runner = Runner(store, lambda: LocalProcesses(environment, 1), notes)
            assert finished(item, runner, base / "results", check=False) == 0
            assert finished(item, runner, base / "results", check=True) == 0, f"{table.name} comes out the same again"
        yield base / "results"


def finished(item: Plan, runner: Runner, folder: Path, *, check: bool) -> int:
    return item.finish(runner, {}, Output(folder, check, "a test"))


@pytest.fixture(scope="module")
def records(results: Path) -> list[Record]:
    tables = [table for table in PLANNED.values() if isinstance(table, Table)]
    return collect.load_all(tables, results, "embedded")


def test_every_cell_is_measured(records: list[Record]) -> None:
    assert {record.table for record in records} == {n for n, table in PLANNED.items() if isinstance(table, Table)}
    assert [record for record in records if record.not_run is not None] == []


def value(records: list[Record], table: str, row: str, role: str, sparsity: int, metric: str) -> float:
    [found] = {
        record.by_seed[0][1]
        for record in records
        if (record.table, record.row, record.role, record.sparsity, record.metric)
        == (table, row, role, sparsity, metric)
    }
    return found


@pytest.mark.parametrize("role", ["COCO instances", "COCO people"])
def test_own_tickets_are_as_sparse_as_transfers_where_the_claim_compares_them(records: list[Record], role: str) -> None:
    for sparsity in (50, 80, 90):
        own, mask, ticket = (
            value(records, "or-sparsity-curves", row, role, sparsity, "sparsity_network")
            for row in ("or_direct_equal", "or_mask", "or_ticket")
        )
        assert own == pytest.approx(mask, abs=1) and mask == pytest.approx(ticket, abs=0.5)


@pytest.mark.parametrize("role", ["COCO instances", "COCO people"])
def test_the_control_has_equal_sparsity_in_what_tasks_share(records: list[Record], role: str) -> None:
    own, other = (
        value(records, "or-task-transfer", row, role, 80, "sparsity_shared")
        for row in ("or_direct_shared", "or_task_shared")
    )
    assert own == pytest.approx(other, abs=0.5) and own == pytest.approx(80, abs=0.5)


def test_layer_by_layer_the_head_of_the_boxes_keeps_its_share(records: list[Record]) -> None:
    for sparsity in (80, 90):
        left = value(records, "or-ranking", "or_direct_layers", "COCO instances", sparsity, "sparsity_boxes")
        assert left == pytest.approx(sparsity, abs=0.5)


def test_a_ticket_begins_where_it_was_rewound_to(records: list[Record]) -> None:
    for role in ("COCO instances", "COCO people"):
        alone, counted = (
            value(records, "or-convergence", "or_direct", role, 80, metric)
            for metric in ("epochs_to_loss", "epochs_with_rewound")
        )
        assert counted == alone + 1
        dense = [
            value(records, "or-convergence", "or_dense", role, 0, metric)
            for metric in ("epochs_to_loss", "epochs_with_rewound")
        ]
        assert dense[0] == dense[1]


def test_claims_are_attempted_and_one_seed_decides_none(records: list[Record]) -> None:
    evidence = measured("embedded", records)
    verdicts = {
        name: judge(claim, judged_tables(), evidence).verdict
        for name, claim in claims().items()
        if name.startswith("or-")
    }
    assert len(verdicts) == 13
    # what finds nothing has no share that a ticket could keep
    nothing = value(records, "or-task-transfer", "or_direct", "COCO people", 80, "keypoints_ap") == 0
    assert (verdicts.pop("or-task-asymmetry") is Verdict.NOT_ATTEMPTED) == nothing
    assert set(verdicts.values()) == {Verdict.INCONCLUSIVE}


@pytest.mark.parametrize("name", [name for name in figures() if name.startswith("or-")])
def test_figures_are_drawn_from_what_was_written(name: str, results: Path) -> None:
    figure = figures()[name]
    with style.style():
        drawing = figure.draw(
            {table: figure.read(next((results / "embedded").glob(f"{table}.v*.csv"))) for table in figure.needs},
            "embedded",
        )
        style.save(drawing, results / "drawn" / name, {"Title": figure.title, "Description": "a test"})
