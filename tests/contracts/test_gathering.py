"""From tables to runs and back, on a store that only pretends: shared runs, failures, profiles that lack a data set."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.experiments import Run, lineage
from bench.graph import estimated_cost
from bench.identity import Environment
from bench.profiles import Profile, ProfileError, profile
from bench.settings import SettingError
from bench.steps.evaluate import Evaluate
from bench.store import Result, Store
from bench.time_left import ENOUGH, Paces, Span, in_words, kind_of, paces_of, time_of
from paper_tables import registry
from paper_tables.collect import records
from paper_tables.gather import outcomes
from paper_tables.listing import list_tables, paces, plans_of
from paper_tables.measured import plan
from paper_tables.origin import NOTHING_RUN
from paper_tables.plan import Output
from paper_tables.planning import check_replacing, plan_all
from paper_tables.records import results_path, write
from paper_tables.starved import starved, starved_layers
from paper_tables.table import Address
from tests.claims.test_records import fabricate

pytestmark = pytest.mark.slow

TABLES, EVERY = registry.tables(), registry.every()
EMBEDDED = profile("embedded")
METRICS = {"miou": 10.0, "macc": 20.0, "aacc": 30.0, "ap": 40.0, "ap_m": 50.0, "ap_l": 60.0, "ar": 70.0}
COSTS = {
    "params_total": 2e6, "params_nonzero": 1e6, "macs_dense": 4e9, "macs_nonzero": 3e9, "macs_official": 2e9,
    "sparsity_percent": 90.5,
}  # fmt: skip
PROVENANCE = {"device": "a processor", "versions": {"torch": "2.x"}}


def layer(kept: int, weights: int) -> dict[str, int]:
    return {"kept": kept, "weights": weights}


def layers_of(seed: int) -> dict[str, dict[str, int]]:
    """A tenth of all weights is kept, more of the stem in later seeds."""
    return {"stem": layer(seed, 216), "body": layer(100, 1000), **({"extra": layer(0, 1)} if seed else {})}


class PretendedRunner:
    """Has the results it is given: scores for those that score, costs for all others."""

    store = SimpleNamespace(environment=Environment(Path("no cache"), None))

    def __init__(self, stored: Iterable[Run] = ()) -> None:
        self.done = set(stored)

    def has(self, run: Run) -> bool:
        return run in self.done

    def stored(self, run: Run) -> Result | None:
        if run not in self.done:
            return None
        costs = {**COSTS, "kept_by_layer": layers_of(run.seed)}
        numbers = METRICS | {"miou": 10.0 + run.seed} if isinstance(run.step, Evaluate) else costs
        return Result(dict(numbers), PROVENANCE, seconds=60.0)


def test_tables_share_the_runs_of_their_common_cells() -> None:
    common = Address("pp_ir_s", "Cityscapes", 90)
    # or-few-pictures is about real pictures alone
    plans = {name: plan(table, EMBEDDED, (0, 1)) for name, table in TABLES.items() if name != "or-few-pictures"}
    holders = [name for name, item in plans.items() if common in item.cells]
    assert {"ablation", "random-baselines", "lottery-init", "trade-off-curves"} <= set(holders)
    assert len({plans[name].cells[common] for name in holders}) == 1
    for item in plans.values():
        for address, found in item.cells.items():
            assert [(one.scores.seed, one.costs.seed) for one in found] == [(0, 0), (1, 1)]
            for one in found:
                (ticket,) = one.costs.parents
                assert ticket in one.scores.parents, "of one ticket, which may be measured against another"
            alike = [other for other in plans.values() if other.table.measured == item.table.measured]
            assert all(other.cells.get(address, found) == found for other in alike)


def test_costs_come_in_the_units_of_the_csv_and_other_metrics_stay_out() -> None:
    item = plan(TABLES["cityscapes"], EMBEDDED, (0, 1))
    runner = PretendedRunner(item.runs)
    shown = records(item.table, outcomes(item, runner, {}), "embedded")
    own = {record.metric: dict(record.by_seed) for record in shown if record.row == "pp_ir_s"}
    assert own["miou"] == {0: 10.0, 1: 11.0}
    assert own["params_nonzero"] == {0: 1.0, 1: 1.0} and own["macs_official"] == {0: 2.0, 1: 2.0}
    assert own["sparsity_measured"] == {0: 90.5, 1: 90.5}
    assert "macc" not in own
    assert {record.task for record in shown} == {"segmentation"}


def test_starved_layers_are_told_with_what_is_kept_of_them() -> None:
    item = plan(TABLES["protocol-collapse"], EMBEDDED, (2, 0, 1))
    stem = {"seeds": [0, 1, 2], "kept": [0, 1, 2], "weights": [216, 216, 216]}
    extra = {"seeds": [1, 2], "kept": [0, 0], "weights": [1, 1]}
    told = starved(item.cells, PretendedRunner(item.all_runs))
    assert told == {str(address): {"extra": extra, "stem": stem} for address in item.cells}
    assert item.facts(PretendedRunner(item.all_runs))["starved_layers"] == told
    extra, stem = {"seeds": [2], "kept": [0], "weights": [1]}, {"seeds": [0, 2], "kept": [0, 2], "weights": [216, 216]}
    told = starved(item.cells, PretendedRunner(run for run in item.all_runs if run.seed != 1))
    assert told == {str(address): {"extra": extra, "stem": stem} for address in item.cells}
    assert starved(item.cells, PretendedRunner()) == {}, "nothing is counted"


def test_a_layer_is_starved_below_a_tenth_of_the_average() -> None:
    assert starved_layers({"stem": layer(3, 100), "body": layer(200, 900)}) == []
    assert starved_layers({"stem": layer(2, 100), "body": layer(198, 900)}) == [], "a tenth of the average itself"
    assert starved_layers({"stem": layer(1, 100), "body": layer(200, 900)}) == ["stem"]
    assert starved_layers({"stem": layer(100, 100)}) == starved_layers({}) == []


def test_a_lost_seed_is_not_averaged_away() -> None:
    item = plan(TABLES["ablation"], EMBEDDED, (0, 1))
    lost = item.cells[Address("sp_mag", "Cityscapes", 90)][1]
    (parent,) = lost.scores.parents
    runner = PretendedRunner(run for run in item.all_runs if parent not in lineage(run))
    found = outcomes(item, runner, {parent: "it diverged\nand more"})
    for row in ("sp_mag", "sp_mag_rt"):
        outcome = found[Address(row, "Cityscapes", 90)]
        assert (outcome.by_seed, outcome.not_run) == ({}, "seed 1: it diverged")
    assert found[Address("pp", "Cityscapes", 90)].not_run is None


@pytest.mark.parametrize("half", ["scores", "costs"])
def test_a_cell_needs_its_scores_and_its_costs(half: str) -> None:
    item = plan(TABLES["ablation"], EMBEDDED, (0, 1))
    address = Address("pp", "Cityscapes", 90)
    lost = getattr(item.cells[address][1], half)
    runner = PretendedRunner(run for run in item.all_runs if run != lost)
    outcome = outcomes(item, runner, {lost: "no space"})[address]
    assert (outcome.by_seed, outcome.not_run) == ({}, "seed 1: no space")
    assert outcome.experiment_id == item.cells[address][0].scores.id


def test_the_origin_of_a_table_says_what_it_shows() -> None:
    item = plan(TABLES["protocol-collapse"], EMBEDDED, (0,))
    told = item.facts(PretendedRunner(item.all_runs))
    assert (told["title"], told["paper_ref"]) == (item.table.title, "Alg. 1 and public code")
    assert told["computed_by"].keys() == {row.key for row in item.table.rows}
    assert told["data_ids"].keys() == {"embedded_streets", "embedded_people"}
    assert (told["device"], told["versions"]) == (["a processor"], {"torch": "2.x"})
    assert item.facts(PretendedRunner())["device"] == NOTHING_RUN


def test_rows_from_two_sources_keep_an_id_each() -> None:
    item = plan(TABLES["transfer"], EMBEDDED, (0,))
    told = item.facts(PretendedRunner())["code_ids"]
    assert told.keys() == {f"{address.row} / {address.direction}" for address in item.cells}
    from_streets, from_objects = (told[f"transfer_st / {name} -> ADE20K"] for name in ("Cityscapes", "ImageNet"))
    assert from_streets != from_objects, "segmentation and classification are not the same code"


def without(role: str) -> Profile:
    return replace(EMBEDDED, settings={name: s for name, s in EMBEDDED.settings.items() if name != role})


def test_a_profile_without_a_data_set_leaves_its_cells_with_the_reason() -> None:
    item = plan(TABLES["transfer"], without("ADE20K"), (0,))
    assert {address.role for address in item.cells} == {"Cityscapes"}
    assert {address.source for address in item.cells} == {None, "ImageNet"}
    found = outcomes(item, PretendedRunner(item.runs), {})
    reasons = {str(address): found[address].not_run for address in item.unavailable}
    assert "profile embedded has nothing in the role of ADE20K" in str(reasons["sp_mag, ADE20K at 90 %"])
    assert "transfer_st, ADE20K -> Cityscapes at 90 %" in reasons
    with pytest.raises(ProfileError, match="table ade20k: profile embedded has nothing in the role of ADE20K"):
        plan(TABLES["ade20k"], without("ADE20K"), (0,))


def test_all_skips_what_a_profile_cannot_do_and_one_table_says_so() -> None:
    said: list[str] = []
    chosen = [TABLES["ade20k"], TABLES["ablation"]]
    assert [item.table.name for item in plan_all(chosen, without("ADE20K"), 1, None, said.append)] == ["ablation"]
    assert said[0].startswith("skipped: table ade20k")
    with pytest.raises(ProfileError, match="ADE20K"):
        plan_all(chosen[:1], without("ADE20K"), 1, None, said.append)


def test_a_table_is_finished_with_the_failures_that_concern_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paper_tables.measured.MeasuredPlan.facts", lambda *_: {})  # there are no tickets
    monkeypatch.setattr("paper_tables.measured.write_sidecar", lambda *_: None)
    first, second, third = (
        plan(TABLES[name], EMBEDDED, (0,)) for name in ("ablation", "existence-curves", "lottery-init")
    )
    search = next(lineage(first.cells[Address("sp_mag_rt", "Cityscapes", 90)][0].scores))
    every = {run for item in (first, second, third) for run in item.all_runs}
    runner = PretendedRunner(run for run in every if search not in lineage(run))
    failures = {search: "it diverged\nand more"}
    output = Output(tmp_path, check=False, command="command")
    codes = [item.finish(runner, failures, output) for item in (first, second, third)]
    assert codes == [1, 1, 0]
    assert capsys.readouterr().err.count(f"failed: {search.label}: it diverged\n") == 2
    assert outcomes(second, runner, failures)[Address("sp_mag", "Cityscapes", 90)].not_run == "seed 0: it diverged"
    assert {path.name for path in tmp_path.glob("embedded/*.csv")} == {
        item.table.file_name for item in (first, second, third)
    }
    # what is measured already is worth more than a table in which it says "not run"
    path = results_path(tmp_path, "embedded", first.table.file_name)
    write(path, fabricate(first.table, 1))
    before = path.read_bytes()
    assert first.finish(runner, failures, output) == 1
    assert path.read_bytes() == before
    assert f"kept {path} as it was, because runs failed" in capsys.readouterr().err


def test_the_list_counts_shared_runs_once(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = [TABLES["ablation"], TABLES["random-baselines"]]
    plans = [plan(table, EMBEDDED, (0,)) for table in chosen]
    every = {run for item in plans for run in item.all_runs}
    shared = len(set(plans[0].all_runs) & set(plans[1].all_runs))
    assert 0 < shared < len(plans[1].all_runs)
    runner = PretendedRunner(plans[0].all_runs)
    known = Paces()
    for run in every:
        known.note(run, 10 * estimated_cost(run))
    list_tables(chosen, plans_of(chosen, EMBEDDED, 1), EMBEDDED, runner, lambda: known, jobs=2)
    text = capsys.readouterr().out
    assert f"{len(plans[1].all_runs)} runs, {shared} of them shared with tables above" in text
    left = [run for run in plans[1].all_runs if run not in plans[0].all_runs]
    seconds = time_of(dict.fromkeys(left, 1.0), 2, known.known())
    assert seconds is not None
    assert seconds.low < 10 * sum(map(estimated_cost, left)) / 2 < seconds.high
    whole = f"{len(every)} runs, each counted once; stored: {len(plans[0].all_runs)} of {len(every)} runs"
    assert f"{whole}; {in_words(seconds)} left with 2 jobs" in text
    assert f"stored: {len(plans[0].all_runs)} of {len(plans[0].all_runs)} runs\n" in text

    def unasked() -> Paces:
        raise AssertionError("nothing is left")

    list_tables(chosen[:1], plans_of(chosen, EMBEDDED, 1), EMBEDDED, runner, unasked, jobs=2)
    assert capsys.readouterr().out.endswith(f"stored: {len(plans[0].all_runs)} of {len(plans[0].all_runs)} runs\n")
    lacking = without("ADE20K")
    list_tables(chosen[1:], plans_of(chosen, lacking, 1), lacking, PretendedRunner(), known=Paces, jobs=2)
    text = capsys.readouterr().out
    assert "without 8 cells: profile embedded has nothing in the role of ADE20K" in text
    assert "too few are stored to tell how long the others take" in text and "shared with" not in text


def test_the_paces_are_those_of_all_stored_runs(tmp_path: Path) -> None:
    store = Store(Environment(tmp_path, None))
    plans = plans_of(EVERY.values(), EMBEDDED, 1)
    assert paces(plans, store).known() == {}
    one, other, *_ = (run for run in plan(TABLES["transfer-curves"], EMBEDDED, (0, 7)).all_runs if run.step.epochs)
    assert kind_of(one) == kind_of(other)
    store.save(one, Result({}, PROVENANCE, seconds=10.0 * estimated_cost(one)), {})
    assert paces(plans, store).known() == {kind_of(one): Span(7.5, 12.5)}
    store.save(other, Result({}, PROVENANCE, seconds=20.0 * estimated_cost(other)), {})
    span = paces(plans, store).known()[kind_of(one)]
    assert 10 > span.low > 0 and 30 > span.high > 15
    (store.folder(other) / "result.json").write_text("{")
    assert paces(plans, store).known() == {kind_of(one): Span(7.5, 12.5)}
    store.save(other, Result({}, PROVENANCE, seconds=0.0), {})
    assert paces(plans, store).known() == {kind_of(one): Span(7.5, 12.5)}, "0 says nothing"


def test_a_part_of_the_results_of_a_kind_tells_how_long_the_others_take() -> None:
    class Counting:
        def __init__(self) -> None:
            self.asked: list[Run] = []

        def seconds(self, run: Run) -> Iterator[float]:
            self.asked.append(run)
            yield from [10.0 * estimated_cost(run)] * 3

    store = Counting()
    runs = [run for run in plan(TABLES["trade-off-curves"], EMBEDDED, (0,)).all_runs if run.step.epochs]
    known = paces_of(runs, store).known()  # type: ignore[arg-type]
    assert known.keys() == {kind_of(run) for run in runs}, "of every kind"
    for kind in known:
        of_kind = {run.id for run in runs if kind_of(run) == kind}
        asked = [run for run in store.asked if kind_of(run) == kind]
        assert len(asked) == min(len(of_kind), -(-ENOUGH // 3))
    assert len(runs) > len(store.asked)


def test_the_list_names_figures_and_what_needs_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    own = [EVERY[name] for name in ("trade-off-curves", "ablation", "latency", "architecture")]
    list_tables(own, plans_of(own, EMBEDDED, 1), EMBEDDED, PretendedRunner(), known=Paces, jobs=2)
    blocks = capsys.readouterr().out.split("\n\n")
    assert [block.splitlines()[1] for block in blocks[1:5]] == [
        f"  figure: figures/{name}.py" for name in ("trade_off_curves", "ablation", "latency", "architecture")
    ]
    assert blocks[3].splitlines()[2:] == ["  needs no run"]
    several = [EVERY["or-errors"]]
    list_tables(several, plans_of(several, EMBEDDED, 1), EMBEDDED, PretendedRunner(), known=Paces, jobs=2)
    assert [line for line in capsys.readouterr().out.splitlines() if "figure" in line] == [
        f"  figure: figures/or_errors_{kind}.py" for kind in ("boxes", "masks")
    ]
    assert blocks[4].splitlines()[2] == "  seed 0: 4 runs, 4 of them shared with tables above"


def test_the_list_says_once_that_data_are_missing(capsys: pytest.CaptureFixture[str]) -> None:
    small = profile("small")
    mixed = replace(EMBEDDED, settings=EMBEDDED.settings | {"ADE20K": small.setting("ADE20K")})
    item = plan(TABLES["transfer"], mixed, (0,))
    shown = [TABLES["transfer"], EVERY["qualitative"]]
    list_tables(shown, plans_of(shown, mixed, 1), mixed, PretendedRunner(item.all_runs), known=Paces, jobs=2)
    text = capsys.readouterr().out
    assert text.count("runs on msrc_v2 count as not stored; msrc_v2 needs downloaded files: set --data-root") == 1
    there = [run for run in item.all_runs if "msrc_v2" not in {one.step.problem.data for one in lineage(run)}]
    assert 0 < len(there) < len(item.all_runs)
    assert f"stored: {len(there)} of {len(item.all_runs)} runs" in text


def test_the_list_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for chosen in ([TABLES["ablation"]], [*EVERY.values()]):
        list_tables(chosen, plans_of(chosen, EMBEDDED, 1), EMBEDDED, PretendedRunner(), known=Paces, jobs=2)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) > 10 and max(map(len, lines)) <= 60


def test_tables_have_their_own_number_of_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    def counts(asked: int | None) -> dict[str, int]:
        return {item.table.name: len(item.seeds) for item in plan_all(chosen, EMBEDDED, asked, None, print)}

    chosen = [TABLES["ablation"], TABLES["ablation-curves"]]
    assert counts(None) == {"ablation": 5, "ablation-curves": 3}
    assert counts(2) == {"ablation": 2, "ablation-curves": 2}
    own = {name: table.seeds for name, table in TABLES.items() if table.seeds}
    fewer = [name for name in TABLES if name.endswith("-curves") or name.startswith(("protocol", "or-"))]
    assert own == dict.fromkeys(fewer, 3) | {"or-few-pictures": 1}
    list_tables(chosen, plans_of(chosen, EMBEDDED, None), EMBEDDED, PretendedRunner(), known=Paces, jobs=2)
    assert re.findall(r"cells, (\d) seeds:", capsys.readouterr().out) == ["5", "3"]
    list_tables(chosen[:1], plans_of(chosen, EMBEDDED, 1), EMBEDDED, PretendedRunner(), known=Paces, jobs=2)
    assert "cells, 1 seed:" in capsys.readouterr().out
    with pytest.raises(ValueError, match="table ablation: number of seeds 0 is below 1"):
        replace(TABLES["ablation"], seeds=0)


def test_a_check_has_the_seeds_of_what_it_compares_with(tmp_path: Path) -> None:
    for table, seeds in (("ablation", 2), ("ablation-curves", 3)):
        write(results_path(tmp_path, "embedded", TABLES[table].file_name), fabricate(TABLES[table], seeds))
    chosen = [TABLES["ablation"], TABLES["ablation-curves"], TABLES["transfer"]]
    plans = plan_all(chosen, EMBEDDED, None, tmp_path, print)
    assert [len(item.seeds) for item in plans] == [2, 3, 5], "the default where there is nothing to compare with"
    assert [len(item.seeds) for item in plan_all(chosen, EMBEDDED, 1, tmp_path, print)] == [1, 1, 1]


def test_seeds_that_will_be_gone_are_told_of(tmp_path: Path) -> None:
    item = plan(TABLES["ablation"], EMBEDDED, (0, 1))
    path = results_path(tmp_path, "embedded", item.table.file_name)
    said: list[str] = []
    check_replacing([item], tmp_path, said.append)
    for seeds in (2, 3):
        write(path, fabricate(item.table, seeds, skip=("pp",)))
        check_replacing([item], tmp_path, said.append)
    path.write_text("broken")
    check_replacing([item], tmp_path, said.append)
    assert said[0] == f"{path}: has 3 seeds and will have 2; --seeds 3 keeps them, --out FOLDER writes elsewhere"
    assert len(said) == 2 and said[1].startswith(f"replacing {path}:1: the columns have to be ")


def test_a_profile_whose_intervals_never_come_to_the_sparsity_says_so() -> None:
    """Before anything is computed: cell by cell, or for the whole table where no cell is left."""
    streets = EMBEDDED.setting("Cityscapes")
    slow = replace(streets, algorithm=replace(streets.algorithm, prune_interval=20))
    item = plan(TABLES["ablation"], replace(EMBEDDED, settings=EMBEDDED.settings | {"Cityscapes": slow}), (0,))
    reasons = {address.row: why for address, why in item.unavailable.items()}
    assert reasons.keys() == {"pp", "pp_ir_p", "pp_ir_s", "pp_ir_s_rt"}, "one-shot pruning reaches it"
    assert {address.role for address in item.unavailable} == {"Cityscapes"}
    (reason,) = set(reasons.values())
    assert reason.startswith("sparsity 90 is never reached: the last pruning, at epoch 80, goes to 40; give more")
    never = replace(streets, algorithm=replace(streets.algorithm, prune_interval=100))
    with pytest.raises(ProfileError, match="table lottery-init: no epoch up to 86 prunes"):
        plan(TABLES["lottery-init"], replace(EMBEDDED, settings={"Cityscapes": never}), (0,))


def test_a_profile_that_contradicts_itself_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise SettingError("streets: retraining for 0 epochs")

    monkeypatch.setattr("supertickets.discovery.importlib.import_module", broken)
    with pytest.raises(ProfileError, match="profile small cannot be used: streets: retraining for 0 epochs"):
        profile("small")
