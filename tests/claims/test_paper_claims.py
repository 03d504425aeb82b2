"""The paper's claims on the results in the repository: one test per claim and source of numbers.

Reproduced passes; contradicted is an expected failure when `known_contradictions.toml` gives the reason, and a failure
when it does not; inconclusive and not attempted are skipped, with the reason, because neither is a pass.
"""

from __future__ import annotations

import pytest

from paper_tables.claims import known
from paper_tables.claims.__main__ import RESULTS
from paper_tables.claims.ledger import SOURCES, Ledger, deciding, evaluate
from paper_tables.claims.registry import claims, judged_tables
from paper_tables.claims.verdict import Verdict

pytestmark = pytest.mark.claims
CLAIMS = claims()


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return evaluate(CLAIMS, judged_tables(), RESULTS)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("claim", CLAIMS)
def test_claim(ledger: Ledger, claim: str, source: str) -> None:
    judgement = ledger.judgements[source][claim]
    # Only what has the claim's own verdict explains it: one contradicted data set among reproduced ones, say.
    telling = deciding(judgement, (judgement.verdict,)) or deciding(judgement)
    reason = f"{judgement.verdict.value}: {'; '.join(telling)}"
    match judgement.verdict:
        case Verdict.REPRODUCED:
            assert telling
        case Verdict.CONTRADICTED:
            entry = known.load().get((claim, source))
            if news := known.unlisted(judgement, entry):
                pytest.fail(
                    f"{reason}\nnot in {known.FILE.name}: {'; '.join(news)}: look into it, then fix our side or list it"
                )
            assert entry is not None
            pytest.xfail(f"{entry.reason} ({reason})")
        case Verdict.INCONCLUSIVE | Verdict.NOT_ATTEMPTED:
            pytest.skip(reason)


def test_known_contradictions_are_all_real(ledger: Ledger) -> None:
    assert known.stale(known.load().values(), ledger.all()) == []
