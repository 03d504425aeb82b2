"""The ledger in short, for the README: the answer in a line per profile, and a table of claims and symbols."""

from __future__ import annotations

from collections import Counter

from paper_tables.claims.claim import OBJECT_RECOGNITION, SUPERTICKETS, Claim
from paper_tables.claims.evidence import PRINTED
from paper_tables.claims.ledger import Ledger
from paper_tables.claims.verdict import Verdict
from paper_tables.profiles import BANNERS

ANSWERS, CLAIMS = "answers", "claims"
"""Names of the README's two blocks."""


_SHORT = {SUPERTICKETS: "SuperTickets", OBJECT_RECOGNITION: "lottery tickets in object recognition"}
_TITLES = {
    SUPERTICKETS: "Claims of SuperTickets (ECCV 2022)",
    OBJECT_RECOGNITION: "Claims of the supplement of The Lottery Ticket Hypothesis for Object Recognition (CVPR 2021)",
}


def answers(ledger: Ledger) -> str:
    """Return a line of Markdown per profile: how many claims of which paper hold, do not, are open or were not run."""
    return "".join(f"- {_answer(ledger, profile, banner)}\n" for profile, banner in BANNERS.items())


def _answer(ledger: Ledger, profile: str, banner: str) -> str:
    name, _, what = banner.partition(": ")
    if profile not in ledger.with_results:
        return f"**{name}** ({what}): not run"
    seeds = max(finding.n for judgement in ledger.judgements[profile].values() for finding in judgement.findings)
    spread = "one seed" if seeds == 1 else f"up to {seeds} seeds"
    counts = "; ".join(_count(ledger, profile, paper) for paper in _SHORT)
    return f"**{name}** ({what}; {spread}): {counts}"


def _count(ledger: Ledger, profile: str, paper: str) -> str:
    verdicts = [ledger.judgements[profile][claim.id].verdict for claim in _of(ledger, paper)]
    count = Counter(verdicts)
    if count.keys() == {Verdict.NOT_ATTEMPTED}:
        return f"{_SHORT[paper]}, {len(verdicts)} claims: not run"
    told = [f"{count[verdict]} {verdict.symbol} {verdict.word}" for verdict in Verdict if count[verdict]]
    return f"of {len(verdicts)} claims of {_SHORT[paper]} {', '.join(told)}"


def _of(ledger: Ledger, paper: str) -> list[Claim]:
    return [claim for claim in ledger.claims.values() if claim.paper == paper]


def symbols(ledger: Ledger) -> str:
    """Return a table of Markdown per paper: a line per claim, a symbol per profile with results and for the paper."""
    names = ["the paper's tables" if source == PRINTED else source for source in ledger.shown]
    lines = []
    for paper, title in _TITLES.items():
        lines += [f"{title}:", "", f"| claim | {' | '.join(names)} |", f"| --- |{' :-: |' * len(names)}"]
        for claim in _of(ledger, paper):
            shown = [ledger.judgements[source][claim.id].verdict.symbol for source in ledger.shown]
            lines.append(f"| **{claim.id}**: {claim.sentence} | {' | '.join(shown)} |")
        lines.append("")
    key = ", ".join(f"{verdict.symbol} {verdict.word}" for verdict in Verdict)
    return "\n".join([*lines, f"{key}. The last column asks the paper's printed numbers, not a run of ours."]) + "\n"
