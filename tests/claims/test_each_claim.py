"""Every registered claim on fabricated result files: it can be reproduced, and each of its comparisons can sink it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from paper_tables import published
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence, measured, printed
from paper_tables.claims.judge import judge
from paper_tables.claims.predicates import Comparison
from paper_tables.claims.registry import claims, judged_tables
from paper_tables.claims.speed import TABLE_10
from paper_tables.claims.verdict import Verdict
from paper_tables.collect import Outcome, load, records
from paper_tables.records import results_path, write
from paper_tables.table import Address
from tests.fabricated import run_id

pytestmark = pytest.mark.slow

PROFILE = "embedded"
TABLES = judged_tables()
DECIDED = {name: claim for name, claim in claims().items() if claim.predicates}

AGREEING: dict[str, Callable[[Address, str], float]] = {
    "pp": lambda at, _: {"pp": 60, "two_in_one": 50}.get(at.row, 99),
    "ir-p-hurts": lambda at, _: {"two_in_one": 50, "pp_ir_p": 40}.get(at.row, 99),
    "ir-s": lambda at, _: {"pp": 60, "pp_ir_s": 70}.get(at.row, 1),
    "no-retrain-needed": lambda at, _: {"pp_ir_s": 70, "sp_mag_rt": 60}.get(at.row, 99),
    "retrain-gain": lambda at, _: {"pp_ir_s_rt": 71, "pp_ir_s": 70}.get(at.row, 99),
    "existence": lambda at, _: {"two_in_one": 50}.get(at.row, 20),
    "collapse": lambda at, _: {"sp_mag": 10.0 if at.sparsity > 80 else 60.0}.get(at.row, 80.0 - at.sparsity / 10),
    "transfer-datasets": lambda at, _: 60 if at.source else 50,
    "transfer-tasks": lambda at, _: {"ImageNet": 60, "Cityscapes": 55}.get(at.source or "", 50),
    "transfer-limit": lambda at, _: 20 if at.source else {"pp_ir_s": 70}.get(at.row, 50),
    "random-order": lambda at, _: {"pp_ir_s": 70, "rr_init": 60, "st_rp": 20}.get(at.row, 10),
    "transfer-order": lambda at, _: {"transfer_st": 70, "transfer_rr": 60}.get(at.row, 10),
    "lth-order": lambda at, _: {"rr_init": 40, "lt_init": 50, "elt_init": 60, "llt_init": 61}.get(at.row, 60.5),
    "sota": lambda at, _: {"pp_ir_s": 70}.get(at.row, 60),
    "or-mask-like-ticket": lambda _at, _: 50,
    "or-direct-wins": lambda at, _: {"or_direct_equal": 60}.get(at.row, 50),
    "or-mask-monotone": lambda at, _: 80 - at.sparsity / 2,
    "or-task-own-best": lambda at, _: {"or_direct": 60}.get(at.row, 50),
    "or-task-asymmetry": lambda at, _: 60 if at.row == "or_direct" else 55 if at.role == "COCO people" else 30,
    "or-errors-det": lambda _at, _: 5,
    "or-errors-seg": lambda _at, _: 5,
    "or-errors-kp": lambda _at, _: 5,
    "or-seg-shift": lambda at, key: 10 if (at.row == "or_dense") == (key == "mask_loc") else 5,
    "or-faster": lambda at, _: {"or_dense": 6}.get(at.row, 3),
    "or-equal-after": lambda _at, _: 50,
    "or-disk": lambda at, _: 80 - at.sparsity / 2,
    "or-macs-slower": lambda at, key: 80 - at.sparsity / (4 if key == "macs_nonzero" else 2),
}
"""Claim -> values, the same for every metric and shifted a little by seed and method, that agree with it."""

SPEED = {row.key: {"gpu_fps": 100.0, "accelerator_ms": 100.0} for row in TABLE_10.rows} | {
    "pp_ir_s": {"gpu_fps": 200.0, "accelerator_ms": 30.0}
}
"""Row -> speed that agrees with the claim about it, which has no result file."""

DRAWN = {
    "transfer-limit": Verdict.INCONCLUSIVE,
    **dict.fromkeys(
        (
            "collapse", "or-mask-like-ticket", "or-direct-wins", "or-errors-det", "or-errors-seg", "or-errors-kp",
            "or-seg-shift", "or-faster", "or-equal-after", "or-disk", "or-macs-slower",
        ),
        Verdict.NOT_ATTEMPTED,
    ),
}  # fmt: skip
"""Claims that rest, in part or wholly, on what the paper only draws: their verdict on its printed numbers."""


def wobble(at: Address, seed: int) -> float:
    """Return up to 0.02: what keeps the differences of two methods from being the same in all seeds."""
    return int(run_id((at, seed))[:4], 16) / 0xFFFF / 50


def fabricate(folder: Path, claim: Claim, seeds: int = 3) -> Evidence:
    """Write the claim's tables and read them back, as the command line does.

    Networks of other works cannot be written as measured; what they would have is added to what was read.
    """
    found, networks = [], {}
    for table in (TABLES[name] for name in claim.tables):
        if table is TABLE_10:
            networks |= {
                (table.name, column.at(row), m.key): dict.fromkeys(range(seeds), SPEED[row.key][m.key])
                for row, column in table.cells()
                for m in column.metrics
                if m.key in SPEED[row.key]
            }
            continue
        results = {
            column.at(row): Outcome(
                "made-up", column.task, run_id(column.at(row)),
                {seed: {m.key: AGREEING[claim.id](column.at(row), m.key) + seed / 4 + wobble(column.at(row), seed)
                        for m in table.metrics(column)}
                 for seed in range(seeds)},
            )
            for row, column in table.cells() if row.computed_by is not None
        }  # fmt: skip
        write(results_path(folder, PROFILE, table.file_name), records(table, results, PROFILE))
        found += load(table, folder, PROFILE) or []
        for row, column in table.cells():
            if row.computed_by is None:
                networks |= {
                    (table.name, at, m.key): dict.fromkeys(range(seeds), AGREEING[claim.id](at, m.key))
                    for at in (column.at(row),)
                    for m in column.metrics
                }
    read = measured(PROFILE, found)
    return replace(read, values={**read.values, **networks})


def against(evidence: Evidence, comparison: Comparison) -> Evidence:
    """Change one cell so that a single comparison contradicts its claim in every seed."""
    left, right_cell, *_ = comparison.cells
    right = evidence.values[right_cell]
    for share in (0.01, 0.9):
        wrong = {seed: share * value for seed, value in right.items()}
        effects = [wrong[s] / right[s] if comparison.ratio else wrong[s] - right[s] for s in right]
        if not any(comparison.region.contains(effect) for effect in (min(effects), max(effects))):
            return replace(evidence, values={**evidence.values, left: wrong})
    raise AssertionError(f"nothing contradicts {comparison}")


def test_every_decided_claim_is_tried() -> None:
    assert set(AGREEING) | {"speed"} == set(DECIDED)


@pytest.mark.parametrize("claim", DECIDED.values(), ids=DECIDED)
def test_a_claim_is_reproduced_and_every_comparison_can_contradict_it(claim: Claim, tmp_path: Path) -> None:
    evidence = fabricate(tmp_path, claim)
    agreed = judge(claim, TABLES, evidence)
    assert agreed.verdict is Verdict.REPRODUCED, [f for f in agreed.findings if f.verdict is not Verdict.REPRODUCED]
    comparisons = [c for predicate in claim.predicates for c in predicate.comparisons(TABLES[predicate.table])]
    assert all(any(predicate.comparisons(TABLES[predicate.table])) for predicate in claim.predicates)
    deciding = [comparison for comparison in comparisons if comparison.decides]
    for comparison in deciding:
        opposed = judge(claim, TABLES, against(evidence, comparison))
        assert opposed.verdict is Verdict.CONTRADICTED, comparison
        for lost in comparison.cells:
            lacking = {c: v for c, v in evidence.values.items() if c != lost}
            told = judge(claim, TABLES, replace(evidence, values=lacking))
            found = next(f for f in told.findings if f.comparison == str(comparison))
            assert (found.verdict, found.decides) == (Verdict.NOT_ATTEMPTED, True)
            assert told.verdict is not Verdict.REPRODUCED


@pytest.mark.parametrize("claim", DECIDED.values(), ids=DECIDED)
def test_a_claim_without_results_or_with_too_few_seeds_is_not_decided(claim: Claim, tmp_path: Path) -> None:
    assert judge(claim, TABLES, measured(PROFILE, [])).verdict is Verdict.NOT_ATTEMPTED
    for seeds in (1, 2):
        assert judge(claim, TABLES, fabricate(tmp_path, claim, seeds)).verdict is Verdict.INCONCLUSIVE


def test_networks_that_are_not_trained_leave_the_comparison_open(tmp_path: Path) -> None:
    claim = DECIDED["sota"]
    full = fabricate(tmp_path, claim)
    networks = {row.key for name in claim.tables for row in TABLES[name].rows if row.computed_by is None}
    ours = replace(full, values={c: v for c, v in full.values.items() if c[1].row not in networks})
    result = judge(claim, TABLES, ours)
    assert result.verdict is Verdict.INCONCLUSIVE
    open_ones = [f.text for f in result.findings if f.decides and f.verdict is Verdict.NOT_ATTEMPTED]
    assert len(open_ones) == 15 and all(
        "printed by the paper, not measured here" in text or "needs the extra" in text for text in open_ones
    )


@pytest.mark.parametrize("claim", DECIDED.values(), ids=DECIDED)
def test_the_papers_tables_agree_with_its_claims(claim: Claim) -> None:
    result = judge(claim, TABLES, printed({name: published.load(TABLES[name]) for name in claim.tables}))
    assert all(finding.interval is None and finding.p is None and finding.n == 0 for finding in result.findings)
    expected = DRAWN.get(claim.id, Verdict.REPRODUCED)
    assert result.verdict is expected, [f for f in result.findings if f.verdict is Verdict.CONTRADICTED]


def test_speeds_stand_beside_the_accuracy_that_is_printed() -> None:
    assert [metric.key for metric in TABLE_10.columns[0].metrics] == ["miou", "gpu_fps", "accelerator_ms"]
