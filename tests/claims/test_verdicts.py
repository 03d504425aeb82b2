"""What a claim comes to from its comparisons: which decide, how they are corrected, which seeds count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from paper_tables import registry
from paper_tables.ablation import TABLE
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence, measured
from paper_tables.claims.judge import judge
from paper_tables.claims.ledger import deciding
from paper_tables.claims.predicates import (
    NonInferior,
    Ordering,
    Predicate,
)
from paper_tables.claims.verdict import Finding, Judgement, Verdict, overall
from paper_tables.collect import Outcome, load, records
from paper_tables.records import RecordError, results_path, write
from paper_tables.roles import CITYSCAPES, CURVE, columns
from tests.fabricated import run_id
from tests.fabricated_claims import (
    AB,
    BASE,
    CONTRADICTED,
    INCONCLUSIVE,
    NEAR,
    NOT_ATTEMPTED,
    PROFILE,
    REPRODUCED,
    finding,
    judged,
    plus,
    rows,
)

pytestmark = pytest.mark.fast


def test_equal_differences_are_decided_by_their_value_and_this_is_said(tmp_path: Path) -> None:
    [found, *_] = judged(tmp_path, Ordering(**AB), rows(pp=plus(1, 1, 1), two_in_one=BASE)).findings
    assert found.text == "+1.00 points in each of 3 seeds: no interval, decided by the value itself, claimed > 0"
    assert (found.verdict, found.interval, found.p) == (REPRODUCED, None, 0.0)
    # Two nets that collapsed alike: neither is better, each is as good as the other.
    collapsed = rows(pp=(0.0, 0.0, 0.0), two_in_one=(0.0, 0.0, 0.0))
    assert judged(tmp_path, Ordering(**AB), collapsed).verdict is CONTRADICTED
    assert judged(tmp_path, NonInferior(**NEAR), collapsed).verdict is REPRODUCED


def test_differences_are_paired_over_seeds(tmp_path: Path) -> None:
    # The seeds differ by 40 points, the methods by 0.15 in each of them: unpaired intervals would overlap.
    spread = rows(pp=(10.1, 30.2, 50.15), two_in_one=(10.0, 30.0, 50.0))
    assert judged(tmp_path, Ordering(**AB), spread).verdict is REPRODUCED
    only_common = {"pp": {0: 51.0, 1: 52.1, 2: 52.9, 7: 0.0}, "two_in_one": {0: 50.0, 1: 51.0, 2: 52.0, 8: 99.0}}
    result = judged(tmp_path, Ordering(**AB), only_common)
    assert result.verdict is REPRODUCED
    assert {finding.n for finding in result.findings} == {3}
    strangers = {"pp": {0: 51.0, 1: 52.0}, "two_in_one": {2: 50.0, 3: 50.0}}
    assert judged(tmp_path, Ordering(**AB), strangers).verdict is NOT_ATTEMPTED


def test_all_data_sets_have_to_agree(tmp_path: Path) -> None:
    good, bad = rows(pp=plus(9, 10, 11), two_in_one=BASE), rows(pp=plus(-9, -10, -11), two_in_one=BASE)
    assert judged(tmp_path, Ordering(**AB), good, coco=bad).verdict is CONTRADICTED
    assert judged(tmp_path, Ordering(**AB), good, coco={}).verdict is INCONCLUSIVE
    assert judged(tmp_path, Ordering(**AB, roles=("Cityscapes",)), good, coco=bad).verdict is REPRODUCED


def test_verdicts_are_corrected_for_the_comparisons_of_a_claim(tmp_path: Path) -> None:
    # p = 0.035 alone; with another comparison twice that.
    near = rows(pp=plus(0.10, 0.20, 0.15), two_in_one=BASE)
    noise = rows(pp=plus(1, -1, 0.1), two_in_one=BASE)

    def streets(predicate: Predicate) -> Finding:
        return judged(tmp_path, predicate, near, coco=noise).findings[0]

    alone, together = streets(Ordering(**AB, roles=("Cityscapes",))), streets(Ordering(**AB))
    assert (alone.verdict, together.verdict) == (REPRODUCED, INCONCLUSIVE)
    assert alone.p and together.p == pytest.approx(2 * alone.p) and together.seeds_needed == 4
    assert alone.interval == together.interval, "intervals stay those of the one comparison"
    # The other metrics are only reported; however many, they are a family of their own.
    assert sum(not f.decides for f in judged(tmp_path, Ordering(**AB, roles=("Cityscapes",)), near).findings) == 2


def test_the_same_numbers_in_two_tables_are_one_comparison(tmp_path: Path) -> None:
    near = rows(pp=plus(0.10, 0.20, 0.15), two_in_one=BASE)
    twice = judged(tmp_path, Ordering(**AB), near)
    assert twice.verdict is REPRODUCED and len({f.p for f in twice.findings if f.decides}) == 1


def test_a_claim_that_nothing_decides_has_no_seeds() -> None:
    (open_one,) = judge(Claim("x", "nowhere", "A.", "All.", (), "no data"), {}, Evidence(PROFILE, {})).findings
    assert (open_one.verdict, open_one.n, open_one.text) == (NOT_ATTEMPTED, 0, "no data")


def test_only_primary_metrics_decide() -> None:
    values = {}
    for column in TABLE.columns:
        for metric in column.metrics:
            gain = 1.0 if metric == column.primary else -1.0
            for row, shift in (("pp", gain), ("two_in_one", 0.0)):
                values["ablation", column.at(TABLE.row(row)), metric.key] = dict.fromkeys(range(3), 50.0 + shift)
    claim = Claim("fabricated", "nowhere", "A sentence.", "All of it.", (Ordering(**AB),))
    result = judge(claim, {TABLE.name: TABLE}, Evidence(PROFILE, values))
    assert result.verdict is REPRODUCED
    assert {f.verdict for f in result.findings if f.decides} == {REPRODUCED}
    assert {f.verdict for f in result.findings if not f.decides} == {CONTRADICTED}


def test_what_is_only_reported_weakens_nothing() -> None:
    noise = {"miou": (0.10, 0.20, 0.15), "macc": (1.0, -1.0, 0.1), "aacc": (0.3, -0.4, 2.0)}

    def p(*metrics: str) -> float | None:
        column = TABLE.columns[0]
        values = {
            ("ablation", column.at(TABLE.row(row)), metric): {
                s: 50.0 + x * (row == "pp") for s, x in enumerate(by_seed)
            }
            for metric, by_seed in noise.items()
            for row in ("pp", "two_in_one")
            if metric in metrics
        }
        claim = Claim("x", "nowhere", "A.", "All.", (Ordering(**AB, roles=("Cityscapes",)),))
        return judge(claim, {TABLE.name: TABLE}, Evidence(PROFILE, values)).findings[0].p

    assert p("miou") is not None and p("miou") == p("miou", "macc", "aacc")


def test_a_claim_s_seeds_are_known_only_when_they_are_of_every_open_part() -> None:
    def needed(*parts: tuple[float | None, bool]) -> float | None:
        found = [replace(finding("a", INCONCLUSIVE), seeds_needed=n, decides=decides) for n, decides in parts]
        return Judgement("pp", "embedded", INCONCLUSIVE, tuple(found)).seeds_needed

    assert needed((5, True), (9, True), (None, False)) == 9
    assert needed((5, True), (None, True)) is None and needed((5, False)) is None
    open_one = replace(finding("a", INCONCLUSIVE), seeds_needed=5)
    assert Judgement("pp", "embedded", CONTRADICTED, (open_one, finding("b", CONTRADICTED))).seeds_needed is None


def test_too_few_seeds_do_not_count_beside_enough(tmp_path: Path) -> None:
    table = registry.tables()["existence-curves"]
    predicate = NonInferior(table=table.name, row="two_in_one", reference="sp_mag")
    claim = Claim("x", "nowhere", "A.", "All.", (predicate,))

    def verdict(seeds: Mapping[tuple[str, int], int]) -> tuple[Verdict, int]:
        results = {
            column.at(row): Outcome(
                "fabricated", column.task, run_id(column.at(row)),
                {
                    seed: {metric.key: 60.0 if row.key == "two_in_one" else 50.0 for metric in column.metrics}
                    for seed in range(seeds[column.role, column.sparsity])
                },
            )
            for row, column in table.cells()
            if (column.role, column.sparsity) in seeds
        }  # fmt: skip
        write(results_path(tmp_path, PROFILE, table.file_name), records(table, results, PROFILE))
        result = judge(claim, {table.name: table}, measured(PROFILE, load(table, tmp_path, PROFILE) or []))
        attempted = [f for f in result.findings if f.decides and f.verdict is not NOT_ATTEMPTED]
        return result.verdict, len(attempted)

    both = {
        (role, sparsity): 1
        for role in ("Cityscapes", "COCO keypoints")
        for sparsity in (10, 30, 50, 70, 80, 90, 95, 98)
    }
    assert verdict(both) == (INCONCLUSIVE, 16)
    assert verdict(both | {("Cityscapes", 90): 2}) == (INCONCLUSIVE, 16), "two seeds are not enough either"
    assert verdict(both | {("Cityscapes", 90): 3}) == (INCONCLUSIVE, 9), "the other data set has single seeds only"
    assert verdict(both | {("Cityscapes", 90): 3, ("COCO keypoints", 80): 3}) == (REPRODUCED, 2)
    assert verdict(both | {("Cityscapes", 90): 3, ("COCO keypoints", 80): 3, ("Cityscapes", 30): 2})[1] == 2


def test_tables_that_report_the_same_run_share_its_seeds(tmp_path: Path) -> None:
    tables = registry.tables()
    found = []
    for name, seeds in (("existence-curves", (0,)), ("ablation", (0, 1, 2))):
        results = {
            column.at(row): Outcome(
                "fabricated", column.task, run_id(column.at(row)),
                {seed: {metric.key: 50.0 + seed for metric in column.metrics} for seed in seeds},
            )
            for row, column in tables[name].cells()
        }  # fmt: skip
        write(results_path(tmp_path, PROFILE, tables[name].file_name), records(tables[name], results, PROFILE))
        found += load(tables[name], tmp_path, PROFILE) or []
    values = measured(PROFILE, found).values
    curve = [column.at(tables["existence-curves"].row("sp_mag")) for column in columns(CITYSCAPES, *CURVE)]
    seeds_at = {address.sparsity: len(values["existence-curves", address, "miou"]) for address in curve}
    assert seeds_at == {sparsity: 3 if sparsity == 90 else 1 for sparsity in seeds_at}
    odd = [
        replace(r, by_seed=((0, 51.0),)) if r.table == "existence-curves" and r.metric == "miou" else r for r in found
    ]
    with pytest.raises(RecordError, match="compute both tables again"):
        measured(PROFILE, odd)


def test_a_claim_has_predicates_or_says_why_not() -> None:
    waiting = Claim("x", "nowhere", "A.", "All.", (), undecided="nobody has measured it")
    result = judge(waiting, {}, measured(PROFILE, []))
    assert result.verdict is NOT_ATTEMPTED
    assert [finding.text for finding in result.findings if finding.decides] == ["nobody has measured it"]
    for predicates, undecided in (((), ""), ((Ordering(**AB),), "but why")):
        with pytest.raises(ValueError, match="either predicates or the reason"):
            Claim("x", "nowhere", "A.", "All.", predicates, undecided=undecided)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([REPRODUCED, REPRODUCED], REPRODUCED),
        ([REPRODUCED, CONTRADICTED], CONTRADICTED),
        ([NOT_ATTEMPTED, CONTRADICTED], CONTRADICTED),
        ([REPRODUCED, INCONCLUSIVE], INCONCLUSIVE),
        ([REPRODUCED, NOT_ATTEMPTED], INCONCLUSIVE),
        ([NOT_ATTEMPTED, NOT_ATTEMPTED], NOT_ATTEMPTED),
        ([], NOT_ATTEMPTED),
    ],
)
def test_overall(verdicts: list[Verdict], expected: Verdict) -> None:
    assert overall(verdicts) is expected


@pytest.mark.parametrize("decides", [True, False])
@pytest.mark.parametrize("verdict", Verdict)
def test_only_deciding_findings_contradict_or_show_how_weak_a_verdict_is(verdict: Verdict, decides: bool) -> None:
    """Each finding beside one that neither contradicts nor is the weakest."""
    other = replace(finding("other", REPRODUCED), slack=9.0)
    this = replace(finding("this", verdict), decides=decides)
    for of_claim in Verdict:
        judgement = Judgement("pp", "embedded", of_claim, (other, this))
        assert judgement.contradicting == (("this",) if decides and verdict is CONTRADICTED else ())
        telling = [this] * (decides and verdict is of_claim) + [other] * (of_claim is REPRODUCED)
        assert judgement.weakest == next(iter(telling), None)
        assert replace(judgement, findings=(replace(this, slack=None),)).weakest is None


def test_of_many_deciding_findings_three_are_told_and_the_rest_counted_but_contradictions_are_all() -> None:
    found = [finding(f"{verdict.name}{n}", verdict) for verdict in (REPRODUCED, CONTRADICTED) for n in range(5)]
    reported = replace(finding("reported", REPRODUCED), decides=False)
    judgement = Judgement("pp", "embedded", CONTRADICTED, (*found, reported))
    reproduced, contradicted = ([f"{v.name}{n}: " for n in range(5)] for v in (REPRODUCED, CONTRADICTED))
    assert deciding(judgement) == [*reproduced[:3], f"and 2 more {REPRODUCED.word}", *contradicted]
    assert deciding(judgement, (CONTRADICTED,)) == contradicted
    assert deciding(replace(judgement, findings=tuple(found[:3]))) == reproduced[:3], "none is left to be counted"
