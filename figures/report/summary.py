"""The answer in short, with which the report opens: how many claims hold, by profile and by reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from figures.report.claims import PAPERS, Claim
from figures.report.readings import Readings
from figures.report.verdicts import VERDICTS


@dataclass(frozen=True)
class Count:
    """How many claims came to which verdict.

    Attributes:
        of: what is counted: a profile, or a reading.
        claims: how many there are.
        by_verdict: verdict -> how many; a verdict that none came to has 0.
        seeds: the most that any comparison has; 0 where there are none.
    """

    of: str
    claims: int
    by_verdict: Mapping[str, int]
    seeds: int = 0


@dataclass(frozen=True)
class Summary:
    """A profile's claims, and those that depend on the reading of the protocol under each reading.

    Attributes:
        banner: what the profile's numbers are.
        papers: name of a paper -> how many of its claims hold.
        readings: how many of those that depend on it hold under each.
    """

    banner: str
    papers: Mapping[str, Count]
    readings: Sequence[Count]


def summary(banner: str, claims: Sequence[Claim], readings: Readings) -> Summary:
    """Count a profile's claims, by paper; of what has not been judged there are none."""
    return Summary(
        banner,
        {paper: _of_paper(banner, [claim for claim in claims if claim.paper == paper]) for paper in PAPERS.values()},
        [count(title, (one.verdict for one in found)) for title, found in readings.items()],
    )


def _of_paper(banner: str, claims: Sequence[Claim]) -> Count:
    seeds = max((int(one.n) for claim in claims for one in claim.comparisons if one.n), default=0)
    return count(banner, (claim.verdict for claim in claims), seeds)


def count(of: str, verdicts: Iterable[str], seeds: int = 0) -> Count:
    """Count verdicts, in the ledger's order of them."""
    found = Counter(verdicts)
    return Count(of, found.total(), {verdict: found[verdict] for verdict in VERDICTS}, seeds)
