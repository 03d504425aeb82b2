"""Claims about one table, judged on result files that are made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from paper_tables.ablation import TABLE
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence, measured
from paper_tables.claims.judge import judge
from paper_tables.claims.predicates import (
    Predicate,
)
from paper_tables.claims.verdict import Finding, Judgement, Verdict
from paper_tables.collect import Outcome, load, records
from paper_tables.records import results_path, write
from tests.fabricated import run_id

REPRODUCED, CONTRADICTED = Verdict.REPRODUCED, Verdict.CONTRADICTED
INCONCLUSIVE, NOT_ATTEMPTED = Verdict.INCONCLUSIVE, Verdict.NOT_ATTEMPTED
PROFILE = "embedded"
Rows = Mapping[str, Mapping[int, float]]
"""Row key -> seed -> the value of every printed metric."""


def rows(**values: Sequence[float]) -> Rows:
    return {row: dict(enumerate(by_seed)) for row, by_seed in values.items()}


def evidence(folder: Path, by_role: Mapping[str, Rows]) -> Evidence:
    """Write a result file and read it back, as the command line does."""
    results = {
        column.at(row): Outcome(
            "fabricated", column.task, run_id(column.at(row)),
            {seed: {metric.key: value for metric in column.metrics} for seed, value in own.items()},
        )
        for row, column in TABLE.cells()
        if (own := by_role.get(column.role, {}).get(row.key))
    }  # fmt: skip
    write(results_path(folder, PROFILE, TABLE.file_name), records(TABLE, results, PROFILE))
    found = load(TABLE, folder, PROFILE)
    assert found is not None
    return measured(PROFILE, found)


def judged(folder: Path, predicate: Predicate, everywhere: Rows, **of_roles: Rows) -> Judgement:
    """Judge on the same values for both data sets, unless `cityscapes` or `coco` says otherwise."""
    claim = Claim("fabricated", "nowhere", "A sentence.", "All of it.", (predicate,))
    by_role = {
        "Cityscapes": of_roles.get("cityscapes", everywhere),
        "COCO keypoints": of_roles.get("coco", everywhere),
    }
    return judge(claim, {TABLE.name: TABLE}, evidence(folder, by_role))


BASE = (50.0, 51.0, 52.0)
AB = {"table": "ablation", "better": "pp", "worse": "two_in_one"}
NEAR = {"table": "ablation", "row": "pp", "reference": "two_in_one"}


def plus(*differences: float) -> tuple[float, ...]:
    return tuple(base + difference for base, difference in zip(BASE, differences, strict=True))


def finding(comparison: str, verdict: Verdict) -> Finding:
    return Finding("pp", comparison, True, verdict, -1.0, (-2.0, -0.5), 3, "", -1.0)
