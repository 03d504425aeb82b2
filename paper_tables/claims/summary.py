"""The ledger in short, for the README: the answer in a line per profile, and a table of claims and symbols."""

from __future__ import annotations

from collections import Counter

from paper_tables.claims.evidence import PRINTED
from paper_tables.claims.ledger import SOURCES, Ledger
from paper_tables.claims.verdict import Verdict
from paper_tables.profiles import BANNERS

ANSWERS, CLAIMS = "answers", "claims"
"""Names of the README's two blocks."""


def answers(ledger: Ledger) -> str:
    """Return a line of Markdown per profile: how many claims hold, do not hold, are open or were not run."""
    return "".join(f"- {_answer(ledger, profile, banner)}\n" for profile, banner in BANNERS.items())


def _answer(ledger: Ledger, profile: str, banner: str) -> str:
    name, _, what = banner.partition(": ")
    if profile not in ledger.with_results:
        return f"**{name}** ({what}): not run"
    judgements = ledger.judgements[profile].values()
    count = Counter(judgement.verdict for judgement in judgements)
    seeds = max(finding.n for judgement in judgements for finding in judgement.findings)
    told = [f"{count[verdict]} {verdict.symbol} {verdict.word}" for verdict in Verdict if count[verdict]]
    spread = "one seed" if seeds == 1 else f"up to {seeds} seeds"
    return f"**{name}** ({what}; {spread}): of {len(ledger.claims)} claims {', '.join(told)}"


def symbols(ledger: Ledger) -> str:
    """Return a table of Markdown: a line per claim, a symbol per profile and for the paper's own tables."""
    names = ["the paper's tables" if source == PRINTED else source for source in SOURCES]
    lines = [f"| claim | {' | '.join(names)} |", f"| --- |{' :-: |' * len(names)}"]
    for claim in ledger.claims.values():
        shown = [ledger.judgements[source][claim.id].verdict.symbol for source in SOURCES]
        lines.append(f"| **{claim.id}**: {claim.sentence} | {' | '.join(shown)} |")
    key = ", ".join(f"{verdict.symbol} {verdict.word}" for verdict in Verdict)
    return (
        "\n".join([*lines, "", f"{key}. The last column asks the paper's printed numbers, not a run of ours."]) + "\n"
    )
