"""Fabricated result files against every predicate and every claim: each has to be able to fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from paper_tables import registry
from paper_tables.ablation import TABLE
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import Evidence
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
from paper_tables.object_recognition import PEOPLE
from tests.fabricated_claims import (
    AB,
    BASE,
    CONTRADICTED,
    INCONCLUSIVE,
    NEAR,
    NOT_ATTEMPTED,
    PROFILE,
    REPRODUCED,
    judged,
    plus,
    rows,
)

pytestmark = pytest.mark.fast

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


@pytest.mark.parametrize(
    ("predicate", "holds"),
    [
        (Ordering(**AB), False), (NonInferior(**NEAR), True), (Close(**NEAR, margin=0.0), True),
        (BetterSource(table="transfer", row="transfer_st", better="ImageNet", worse="Cityscapes"), False),
        (Declines(table="or-sparsity-curves", row="or_direct", dense="or_dense"), False),
        (
            KeepsMore(
                table="or-sparsity-curves", row="or_direct", of="or_dense", more=(PEOPLE, "macs_nonzero"),
                less=(PEOPLE, "disk_size"),
            ),
            False,
        ),
    ],
)  # fmt: skip
def test_equal_values_are_as_good_but_not_better(predicate: Predicate, holds: bool) -> None:
    regions = {found.region for found in predicate.comparisons(registry.tables()[predicate.table])}
    assert [region.contains(0.0) for region in regions] == [holds]


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
