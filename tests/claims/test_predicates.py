"""Fabricated result files against every predicate and every claim: each has to be able to fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from paper_tables import published, registry
from paper_tables.ablation import TABLE
from paper_tables.claims import known
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence, measured, printed
from paper_tables.claims.judge import judge
from paper_tables.claims.predicates import (
    BetterSource,
    Close,
    Declines,
    Keeps,
    KeepsMore,
    NonInferior,
    Ordering,
    Predicate,
    RatioWithin,
    Region,
)
from paper_tables.claims.verdict import Finding, Judgement, Verdict, overall
from paper_tables.collect import Outcome, load, records
from paper_tables.records import RecordError, results_path, write
from paper_tables.roles import CITYSCAPES, CURVE, columns
from tests.fabricated import run_id

pytestmark = pytest.mark.fast

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


CASES = [
    # predicate, then the row's values that satisfy, violate and do not decide it, against BASE
    (Ordering(**AB), plus(0.9, 1.0, 1.1), plus(-0.9, -1.0, -1.1), plus(0.1, 0.1, 3.0)),
    (Ordering(**AB, margin=2.0), plus(2.9, 3.0, 3.1), plus(2.0, 2.0, 2.0), plus(2.1, 2.1, 5.0)),
    (NonInferior(**NEAR), plus(0.0, 0.0, 0.0), plus(-0.9, -1.0, -1.1), plus(0.1, 0.0, -0.1)),
    (NonInferior(**NEAR, margin=1.0), plus(-0.1, 0.0, 0.1), plus(-1.9, -2.0, -2.1), plus(-1.0, -1.0, -1.1)),
    (Close(**NEAR, margin=1.0), plus(-0.1, 0.0, 0.1), plus(1.9, 2.0, 2.1), plus(0.9, 1.0, 1.1)),
    (Close(**NEAR, margin=1.0), plus(0.5, 0.5, 0.5), plus(-1.9, -2.0, -2.1), plus(-1.5, -0.5, -1.0)),
    (RatioWithin(**NEAR, low=1.1, high=1.3), (59.9, 61.2, 62.5), BASE, (50.0, 61.2, 72.0)),
    (RatioWithin(**NEAR, low=1.1, high=1.3), (55.0, 56.1, 57.2), (70.0, 71.4, 72.8), (60.0, 61.2, 80.0)),
]


@pytest.mark.parametrize(("predicate", "satisfying", "violating", "open_one"), CASES)
def test_predicate(
    tmp_path: Path,
    predicate: Predicate,
    satisfying: Sequence[float],
    violating: Sequence[float],
    open_one: Sequence[float],
) -> None:
    for values, verdict in ((satisfying, REPRODUCED), (violating, CONTRADICTED), (open_one, INCONCLUSIVE)):
        result = judged(tmp_path, predicate, rows(pp=values, two_in_one=BASE))
        assert result.verdict is verdict
        for found in result.findings:
            assert found.n == 3 and found.p is not None and (found.p <= 0.05) == (verdict is not INCONCLUSIVE)
            assert (found.seeds_needed is None) == (verdict is not INCONCLUSIVE)
            assert ("would decide" in found.text) == (verdict is INCONCLUSIVE)
    assert judged(tmp_path, predicate, rows(pp=satisfying)).verdict is NOT_ATTEMPTED
    assert judged(tmp_path, predicate, {}).verdict is NOT_ATTEMPTED
    for one in (satisfying, violating):
        for seeds, said in ((1, "one seed: no interval"), (2, "n=2: no interval, range ")):
            few = judged(tmp_path, predicate, rows(pp=one[:seeds], two_in_one=BASE[:seeds]))
            assert few.verdict is INCONCLUSIVE
            for found in few.findings:
                assert found.effect is not None and found.interval is None and found.p is None and said in found.text
                assert seeds == 2 or found.seeds_needed is None


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


def test_less_is_better_for_costs() -> None:
    values = {
        ("ablation", column.at(TABLE.row(row)), "params_nonzero"): {0: value, 1: value, 2: value}
        for column in TABLE.columns
        for row, value in (("pp", 1.0), ("two_in_one", 2.0))
    }
    claim = Claim("fabricated", "nowhere", "A sentence.", "All.", (Ordering(**AB, metrics=("params_nonzero",)),))
    assert judge(claim, {TABLE.name: TABLE}, Evidence(PROFILE, values)).verdict is REPRODUCED


def test_a_ratio_stands_a_collapsed_seed_but_not_only_zeros(tmp_path: Path) -> None:
    half = RatioWithin(**NEAR, low=0.5)
    assert judged(tmp_path, half, rows(pp=BASE, two_in_one=(0.0, 1.0, 0.0))).verdict is REPRODUCED
    zeros = judged(tmp_path, half, rows(pp=BASE, two_in_one=(0.0, 0.0, 0.0)))
    assert zeros.verdict is INCONCLUSIVE and zeros.findings[0].text == "the ratio's denominator is 0"


@pytest.mark.parametrize(
    "wrong",
    [
        {"row": "nobody"},
        {"roles": ("ADE20K",)},
        {"metrics": ("top1",)},
        {"sources": ("ADE20K",)},
        {"sparsities": (30,)},
    ],
)
def test_names_the_table_does_not_have_are_errors(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        judged(tmp_path, NonInferior(**{**NEAR, **wrong}), rows(pp=BASE, two_in_one=BASE))


def compared(predicate: Predicate, metric: str = "miou") -> list[str]:
    """Return what a predicate compares, for one metric."""
    found = predicate.comparisons(registry.tables()[predicate.table])
    texts = [str(comparison) for comparison in found if comparison.metric.key == metric]
    return [text.removeprefix(f"{predicate.table}: ").removesuffix(f", {metric}") for text in texts]


def test_columns_are_chosen_by_data_set_source_and_sparsity() -> None:
    moved = {"table": "transfer-curves", "row": "transfer_st", "reference": "sp_mag"}
    one = NonInferior(**moved, roles=("ADE20K",), sources=("ImageNet",), sparsities=(80, 98))
    assert compared(one) == [
        "(transfer_st, ImageNet -> ADE20K at 80 %) - (sp_mag, ADE20K at 80 %)",
        "(transfer_st, ImageNet -> ADE20K at 98 %) - (sp_mag, ADE20K at 98 %)",
    ]
    # Two directions to each of two data sets, five sparsities.
    assert len(compared(NonInferior(**moved))) == 2 * 2 * 5
    assert compared(Ordering(table="transfer-baselines", better="transfer_st", worse="transfer_rr")) == [
        "transfer_st - transfer_rr, ADE20K -> Cityscapes at 90 %",
        "transfer_st - transfer_rr, Cityscapes -> ADE20K at 90 %",
    ]
    # Two transferred tickets are compared only where they come from the same data set.
    both = registry.tables()["transfer"]
    rival = replace(both.row("transfer_st"), key="rival", method="{source} rivals")
    directions = Ordering(table="transfer", better="transfer_st", worse="rival").comparisons(
        replace(both, rows=(*both.rows, rival))
    )
    assert {c.left.place == c.right.place for c in directions} == {True}
    # Networks of other works are dense: they are compared with whatever sparsity the table has.
    beside = Ordering(table="cityscapes", better="pp_ir_s", worse="bisenet")
    assert compared(beside) == ["(pp_ir_s, Cityscapes at 50 %) - (bisenet, Cityscapes at 0 %)"]


def test_tickets_of_two_sources_and_two_sparsities() -> None:
    better = BetterSource(table="transfer", row="transfer_st", better="ImageNet", worse="Cityscapes")
    assert compared(better) == [
        "(transfer_st, ImageNet -> ADE20K at 90 %) - (transfer_st, Cityscapes -> ADE20K at 90 %)"
    ]
    keeps = Keeps(table="existence-curves", row="sp_mag", roles=("Cityscapes",), sparsities=(90,), reference=50)
    assert compared(keeps) == ["(sp_mag, Cityscapes at 90 %) / (sp_mag, Cityscapes at 50 %)"]
    with pytest.raises(KeyError, match="no tickets of COCO"):
        compared(BetterSource(table="transfer", row="transfer_st", better="COCO keypoints", worse="ImageNet"))
    with pytest.raises(KeyError, match="at 40 %"):
        compared(Keeps(table="existence-curves", row="sp_mag", reference=40))


def test_printed_numbers_are_compared_exactly() -> None:
    evidence = printed({TABLE.name: published.load(TABLE)})

    def verdict(margin: float) -> Verdict:
        predicate = Close(table="ablation", row="two_in_one", reference="sp_mag", margin=margin, roles=("Cityscapes",))
        claim = Claim("audit", "nowhere", "A sentence.", "All of it.", (predicate,))
        return judge(claim, {TABLE.name: TABLE}, evidence).verdict

    # 55.84 - 42.12 is more than 13.72 in binary fractions; it is not in the paper.
    assert (verdict(13.72), verdict(13.71)) == (REPRODUCED, CONTRADICTED)


def test_what_the_paper_only_draws_decides_nothing_in_its_audit() -> None:
    table = registry.tables()["existence-curves"]
    numbers = {table.name: published.load(table)}
    for row, verdict in (("sp_mag", REPRODUCED), ("sp_rand", REPRODUCED)):
        predicate = NonInferior(table=table.name, row="two_in_one", reference=row)
        result = judge(Claim("x", "nowhere", "A.", "All.", (predicate,)), {table.name: table}, printed(numbers))
        assert result.verdict is verdict
        assert {f.decides for f in result.findings if f.verdict is NOT_ATTEMPTED} == {False}
    nothing = judge(Claim("x", "nowhere", "A.", "All.", (predicate,)), {table.name: table}, printed({table.name: {}}))
    assert nothing.verdict is NOT_ATTEMPTED


def test_a_predicate_of_which_the_paper_prints_nothing_leaves_its_claim_open() -> None:
    tables = registry.tables()
    predicates = (
        Ordering(**AB),
        Ordering(table="transfer-curves", better="sp_mag", worse="transfer_st", sparsities=(30,)),
    )
    numbers = {name: published.load(tables[name]) for name in (TABLE.name, "transfer-curves")}
    result = judge(Claim("x", "nowhere", "A.", "All.", predicates), tables, printed(numbers))
    assert result.verdict is INCONCLUSIVE
    assert {f.decides for f in result.findings if f.verdict is NOT_ATTEMPTED and "30 %" in f.comparison} == {
        True,
        False,
    }


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


@pytest.mark.parametrize(
    ("region", "effect", "slack"),
    [
        (Region(low=1.0), 3.0, 2.0),
        (Region(low=1.0), -1.0, -2.0),
        (Region(low=0.0, open_low=True), 0.0, 0.0),
        (Region(high=1.0), 3.0, -2.0),
        (Region(high=1.0), -1.0, 2.0),
        (Region(-1.0, 2.0), 0.0, 1.0),
        (Region(-1.0, 2.0), 1.5, 0.5),
        (Region(-1.0, 2.0), 5.0, -3.0),
        (Region(-1.0, 2.0), -5.0, -4.0),
    ],
)
def test_slack_is_positive_inside_and_negative_outside(region: Region, effect: float, slack: float) -> None:
    assert region.slack(effect) == slack
    assert region.contains(effect) == (slack > 0 or (slack == 0 and not region.open_low))


@pytest.mark.parametrize("bound", [-1.0, 2.0])
def test_a_closed_region_has_its_ends(bound: float) -> None:
    assert Region(-1.0, 2.0).contains(bound) and Region(-1.0, 2.0).slack(bound) == 0


def finding(comparison: str, verdict: Verdict) -> Finding:
    return Finding("pp", comparison, True, verdict, -1.0, (-2.0, -0.5), 3, "", -1.0)


def test_known_contradictions_have_to_match(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    entry = '[[contradiction]]\nclaim = "pp"\nprofile = "embedded"\nreason = "seen twice"\ncomparisons = ["a"]\n'
    file.write_text(entry)
    entries = known.load(file)
    for verdict in Verdict:
        judgement = Judgement("pp", "embedded", verdict, (finding("a", verdict),))
        assert bool(known.stale(entries.values(), [judgement])) == (verdict is not CONTRADICTED)
    [entry_a] = entries.values()
    both = Judgement("pp", "embedded", CONTRADICTED, (finding("a", CONTRADICTED), finding("b", CONTRADICTED)))
    assert known.unlisted(both, entry_a) == ["b"] and known.unlisted(both, None) == ["a", "b"]
    other = Judgement("pp", "embedded", CONTRADICTED, (finding("b", CONTRADICTED),))
    assert "'a', which does not contradict it" in known.stale(entries.values(), [other])[0]
    absent = Judgement("pp", "embedded", NOT_ATTEMPTED, ())
    assert not known.stale(entries.values(), [absent], with_results=())
    assert known.stale(entries.values(), [], with_results=())
    for broken in (
        entry + entry,
        entry.replace("reason", "because"),
        entry.replace("seen twice", ""),
        entry.replace('["a"]', "[]"),
        entry.replace('["a"]', '"a"'),
        entry.replace('["a"]', "[1]"),
        "claim = 1",
        "[",
    ):
        file.write_text(broken)
        with pytest.raises(ValueError, match=r"known\.toml"):
            known.load(file)


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
