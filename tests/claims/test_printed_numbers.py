"""The paper's own numbers through the predicates: compared exactly, and what it does not print stays open."""

from __future__ import annotations

import pytest

from paper_tables import published, registry
from paper_tables.ablation import TABLE
from paper_tables.claims.claim import Claim
from paper_tables.claims.evidence import printed
from paper_tables.claims.judge import judge
from paper_tables.claims.predicates import (
    Close,
    NonInferior,
    Ordering,
)
from paper_tables.claims.verdict import Verdict
from tests.fabricated_claims import (
    AB,
    CONTRADICTED,
    INCONCLUSIVE,
    NOT_ATTEMPTED,
    REPRODUCED,
)

pytestmark = pytest.mark.fast


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
