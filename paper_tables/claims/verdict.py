"""What a check may conclude, and the evidence it reports with it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from pathlib import Path

SEEDS_SEARCHED = 1000
"""Up to so many seeds are tried when asking how many would decide."""

with Path(__file__).with_name("verdicts.csv").open(encoding="utf-8", newline="") as _file:
    _WORDS = {line["verdict"]: line for line in csv.DictReader(_file)}


class Verdict(Enum):
    """The outcome of a check. There is no fifth value: what was not run never passes."""

    REPRODUCED = "reproduced"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_ATTEMPTED = "not attempted"

    @property
    def symbol(self) -> str:
        """One character, such as "✓"."""
        return _WORDS[self.value]["symbol"]

    @property
    def word(self) -> str:
        """What became of a claim, in plain words, such as "holds"."""
        return _WORDS[self.value]["word"]

    @property
    def of_printed(self) -> str:
        """The word for the paper's own numbers: they are consistent with a claim or not, and reproduce nothing."""
        return _WORDS[self.value]["of_printed"]


@dataclass(frozen=True)
class Finding:
    """One comparison behind a verdict.

    Attributes:
        claim: id of the claim.
        comparison: what was compared where, e.g. "ablation: pp - two_in_one, Cityscapes at 90 %, miou".
        decides: whether the claim's verdict depends on it (primary metric) or it is only reported.
        verdict: the outcome.
        effect: difference in the metric's unit, or ratio; None when not attempted.
        interval: 95 % t-interval of the effect; None without one.
        n: number of seeds the comparison is paired over; 0 when not attempted or printed.
        text: the same for a reader.
        slack: how far the effect is inside the claimed region, negative outside; None when not attempted.
        p: adjusted p-value that the verdict rests on, see `decide.Decision`; None when nothing was tested.
        seeds_needed: how many seeds would decide it, see `decide.Decision`; None when decided or unknown.
        name: the comparison with methods by their names; empty where none are compared.
    """

    claim: str
    comparison: str
    decides: bool
    verdict: Verdict
    effect: float | None
    interval: tuple[float, float] | None
    n: int
    text: str
    slack: float | None
    p: float | None = None
    seeds_needed: float | None = None
    name: str = ""

    @property
    def shown(self) -> str:
        """What was compared, for people."""
        return self.name or self.comparison


@dataclass(frozen=True)
class Judgement:
    """A claim's verdict on one source of numbers (a profile, or "printed"), with all its findings."""

    claim: str
    source: str
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def contradicting(self) -> tuple[str, ...]:
        """The deciding comparisons that contradict the claim."""
        return tuple(f.comparison for f in self.findings if f.decides and f.verdict is Verdict.CONTRADICTED)

    @property
    def seeds_needed(self) -> float | None:
        """How many seeds would decide all that leaves the claim inconclusive; None if decided, or unknown of a part."""
        open_ones = {Verdict.INCONCLUSIVE, Verdict.NOT_ATTEMPTED} if self.verdict is Verdict.INCONCLUSIVE else set()
        needed = [f.seeds_needed for f in self.findings if f.decides and f.verdict in open_ones]
        known = [seeds for seeds in needed if seeds is not None]
        return max(known) if known and len(known) == len(needed) else None

    @property
    def weakest(self) -> Finding | None:
        """Of the deciding findings with the claim's own verdict the one that supports the claim least; None without."""
        telling = [f for f in self.findings if f.decides and f.verdict is self.verdict and f.slack is not None]
        return min(telling, key=lambda finding: finding.slack or 0.0, default=None)


def in_seeds(needed: float) -> str:
    """Return a number of seeds in words: "9 seeds", or that it is more than any that was tried."""
    return f"{needed:g} seeds" if isfinite(needed) else f"more than {SEEDS_SEARCHED} seeds"


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return what the deciding comparisons amount to.

    One contradiction contradicts the claim; only all reproduced reproduce it; nothing attempted is not attempted;
    everything else, such as one data set reproduced and the other not run, is inconclusive.
    """
    distinct = set(verdicts)
    if Verdict.CONTRADICTED in distinct:
        return Verdict.CONTRADICTED
    if len(distinct) == 1:
        return distinct.pop()
    return Verdict.INCONCLUSIVE if distinct else Verdict.NOT_ATTEMPTED
