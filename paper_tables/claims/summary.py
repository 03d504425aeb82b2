"""The ledger in short, for the README: the answer in a line per profile, and a table of claims and symbols."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from paper_tables.claims.claim import OBJECT_RECOGNITION, SUPERTICKETS, Claim
from paper_tables.claims.evidence import PRINTED
from paper_tables.claims.ledger import Ledger
from paper_tables.claims.verdict import Verdict
from paper_tables.profiles import BANNERS

ANSWERS, CLAIMS = "answers", "claims"
"""Names of the README's two blocks."""
_COUNTED = {
    Verdict.REPRODUCED: "of {claims} claims hold", Verdict.CONTRADICTED: "do not", Verdict.INCONCLUSIVE: "open",
    Verdict.NOT_ATTEMPTED: "not run",
}  # fmt: skip
"""What follows a number of claims that came to a verdict."""
_FOLDED = (
    "<details>\n<summary>Claims of the supplement of <i>The Lottery Ticket Hypothesis for Object Recognition</i> "
    "(CVPR 2021): {counts}</summary>\n"
)


def answers(ledger: Ledger) -> str:
    """Return a line of Markdown per profile, those with results first: how many claims of SuperTickets hold or not."""
    profiles = sorted(BANNERS, key=lambda profile: profile not in ledger.with_results)
    return "".join(f"- {_answer(ledger, profile, BANNERS[profile])}\n" for profile in profiles)


def _answer(ledger: Ledger, profile: str, banner: str) -> str:
    name, _, what = banner.partition(": ")
    if profile not in ledger.with_results:
        return f"**{name}** ({what}): not run"
    seeds = max(finding.n for judgement in ledger.judgements[profile].values() for finding in judgement.findings)
    spread = "one seed" if seeds == 1 else f"up to {seeds} seeds"
    claims = _of(ledger, SUPERTICKETS)
    return f"**{name}** ({what}; {spread}): {_counts(ledger, profile, claims)}"


def _counts(ledger: Ledger, profile: str, claims: Sequence[Claim]) -> str:
    count = Counter(ledger.judgements[profile][claim.id].verdict for claim in claims)
    if count.keys() == {Verdict.NOT_ATTEMPTED}:
        return "not run"
    return ", ".join(f"{count[verdict]} {words.format(claims=len(claims))}" for verdict, words in _COUNTED.items())


def _of(ledger: Ledger, paper: str) -> list[Claim]:
    return [claim for claim in ledger.claims.values() if claim.paper == paper]


def symbols(ledger: Ledger) -> str:
    """Return a table of Markdown per paper: a line per claim, a symbol per profile with results and for the paper.

    That of the second paper is folded below its counts.
    """
    key = ", ".join(f"{verdict.symbol} {verdict.word}" for verdict in Verdict)
    others = _of(ledger, OBJECT_RECOGNITION)
    profiles = [profile for profile in ledger.shown if profile != PRINTED]
    counts = "; ".join(f"{profile} profile: {_counts(ledger, profile, others)}" for profile in profiles)
    return (
        f"Claims of SuperTickets (ECCV 2022):\n\n{_table(ledger, _of(ledger, SUPERTICKETS))}\n"
        f"{key}. The last column asks the paper's printed numbers, not a run of ours.\n\n"
        f"{_FOLDED.format(counts=counts)}\n{_table(ledger, others)}\n</details>\n"
    )


def _table(ledger: Ledger, claims: Sequence[Claim]) -> str:
    names = ["the paper's tables" if source == PRINTED else source for source in ledger.shown]
    lines = [f"| claim | {' | '.join(names)} |", f"| --- |{' :-: |' * len(names)}"]
    for claim in claims:
        shown = [ledger.judgements[source][claim.id].verdict.symbol for source in ledger.shown]
        lines.append(f"| **{claim.id}**: {claim.sentence} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"
