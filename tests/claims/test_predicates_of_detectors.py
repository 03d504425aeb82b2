"""Predicates across sparsities and across data sets, on made-up numbers of detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from paper_tables import registry
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence
from paper_tables.claims.judge import judge
from paper_tables.claims.predicates import Declines, KeepsMore
from paper_tables.claims.verdict import Verdict
from tests.fabricated_claims import CONTRADICTED, INCONCLUSIVE, PROFILE, REPRODUCED

pytestmark = pytest.mark.fast


def detectors(values: Mapping[tuple[str, str, int], Sequence[float]], table: str) -> Evidence:
    """Values by (row, data set, sparsity), the same for every metric."""
    found = registry.tables()[table]
    return Evidence(
        PROFILE,
        {
            (table, column.at(row), metric.key): dict(enumerate(values[row.key, column.role, column.sparsity]))
            for row, column in found.cells()
            if (row.key, column.role, column.sparsity) in values
            for metric in found.metrics(column)
        },
    )


@pytest.mark.parametrize(
    ("at_80", "expected"),
    [((40, 41, 42), REPRODUCED), ((55, 56, 57.5), CONTRADICTED), ((49, 51.5, 50), INCONCLUSIVE)],
)
def test_declines_from_dense_to_the_sparsest(at_80: Sequence[float], expected: Verdict) -> None:
    of_row = {0: (60.0, 61.0, 62.5), 50: (50, 51, 52), 80: at_80, 90: (20, 21.5, 22)}
    values = {("or_dense" if not s else "or_mask", "VOC", s): found for s, found in of_row.items()}
    predicate = Declines(table="or-mask-transfer", roles=("VOC",), row="or_mask", dense="or_dense", metrics=("voc_ap",))
    claim = Claim("fabricated", "nowhere", "A sentence.", "All of it.", (predicate,))
    judgement = judge(claim, registry.tables(), detectors(values, "or-mask-transfer"))
    assert judgement.verdict is expected
    assert next(f.effect for f in judgement.findings) == pytest.approx(10.17, abs=0.01)
    assert len(judgement.findings) == 3, "dense to 50, 50 to 80, 80 to 90 %"


@pytest.mark.parametrize(
    ("people", "expected"),
    [((54, 55, 57), REPRODUCED), ((12, 13, 14.5), CONTRADICTED), ((30, 33, 32), INCONCLUSIVE)],
)
def test_shares_that_are_kept_are_compared_seed_by_seed(people: Sequence[float], expected: Verdict) -> None:
    values = {
        ("or_direct", "COCO instances", 80): (40.0, 42.0, 44.0),
        ("or_direct", "COCO people", 80): (60.0, 62.0, 64.0),
        ("or_task", "COCO instances", 80): (20.0, 21.0, 22.5),
        ("or_task", "COCO people", 80): people,
    }
    place = {"more": ("COCO people", "keypoints_ap"), "less": ("COCO instances", "box_ap")}
    predicate = KeepsMore(table="or-task-transfer", row="or_task", of="or_direct", **place)  # type: ignore[arg-type]
    claim = Claim("fabricated", "nowhere", "A sentence.", "All of it.", (predicate,))
    judgement = judge(claim, registry.tables(), detectors(values, "or-task-transfer"))
    assert judgement.verdict is expected
    [finding] = judgement.findings
    four = zip(people, (60, 62, 64), (20, 21, 22.5), (40, 42, 44), strict=True)
    shares = [100 * (p / d - t / o) for p, d, t, o in four]
    assert finding.effect == pytest.approx(sum(shares) / 3, abs=1e-4)
    assert "points of the share kept" in finding.text and "keypoint AP / box AP" in finding.name
    lost = {**values, ("or_direct", "COCO people", 80): (0.0, 62.0, 64.0)}
    [finding] = judge(claim, registry.tables(), detectors(lost, "or-task-transfer")).findings
    assert finding.n == 2, "a share of nothing is none"


def test_shares_are_compared_at_equal_sparsity_of_two_metrics() -> None:
    place = {"more": ("COCO people", "macs_nonzero"), "less": ("COCO people", "disk_size")}
    predicate = KeepsMore(table="or-sparsity-curves", row="or_direct", of="or_dense", **place)  # type: ignore[arg-type]
    found = list(predicate.comparisons(registry.tables()["or-sparsity-curves"]))
    assert [(one.left.sparsity, one.right.sparsity) for one in found] == [(50, 50), (80, 80), (90, 90)]
    for one in found:
        assert [(cell[1].row, cell[1].sparsity, cell[2]) for cell in one.cells] == [
            ("or_direct", one.left.sparsity, "macs_nonzero"), ("or_direct", one.left.sparsity, "disk_size"),
            ("or_dense", 0, "macs_nonzero"), ("or_dense", 0, "disk_size"),
        ]  # fmt: skip
