"""The claims ledger as the report shows it, read from claims.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.reading import ResultsError, lines

COLUMNS = (
    "claim", "source", "comparison", "decides", "verdict", "effect", "ci_low", "ci_high", "n_seeds", "text", "weakest",
    "scope", "reason",
)  # fmt: skip
VERDICTS = ("reproduced", "contradicted", "inconclusive", "not attempted")
NONE = "none"


@dataclass(frozen=True)
class Comparison:
    """One comparison behind a verdict, all of it text as in the file.

    Attributes:
        what: which rows on which data set by which metric.
        decides: whether the verdict rests on it; others are reported only.
        verdict: one of `VERDICTS`.
        effect: difference in points; empty when there is none.
        interval: "[low, high]"; empty with one seed or none.
        n: number of seeds; empty for printed numbers.
        text: the evidence in words.
    """

    what: str
    decides: bool
    verdict: str
    effect: str
    interval: str
    n: str
    text: str


@dataclass(frozen=True)
class Claim:
    """A claim, its verdict on one source, and what the verdict rests on.

    Attributes:
        id, sentence, verdict: of the claim.
        scope: on what it is judged.
        reason: why a known contradiction stands; empty for any other verdict.
        weakest: of the deciding comparisons the one that supports the verdict least; None when the ledger names none.
        comparisons: all of them.
    """

    id: str
    sentence: str
    verdict: str
    scope: str
    reason: str
    weakest: Comparison | None
    comparisons: Sequence[Comparison]

    @property
    def tally(self) -> str:
        """How many deciding comparisons came to which verdict, such as "2 reproduced, 1 not attempted"."""
        counts = Counter(one.verdict for one in self.comparisons if one.decides)
        return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])


def read(path: Path) -> dict[str, list[Claim]]:
    """Return source -> claims in file order; the sources are profiles and "printed", the paper's own numbers.

    Raises:
        ResultsError: naming file and line, for a missing column, an unknown verdict or a comparison before its claim.
    """
    verdicts: dict[tuple[str, str], Mapping[str, str]] = {}
    evidence: dict[tuple[str, str], list[Comparison]] = {}
    for where, line in lines(path):
        if absent := [column for column in COLUMNS if column not in line]:
            raise ResultsError(f"{where}: no column {', '.join(absent)}; run `python -m paper_tables.claims`")
        key = line["source"], line["claim"]
        if line["verdict"] not in VERDICTS:
            raise ResultsError(f"{where}: {line['verdict']!r} is none of {', '.join(VERDICTS)}")
        if line["comparison"] == "all":
            verdicts[key] = line
            evidence[key] = []
        elif key in evidence:
            evidence[key].append(_comparison(line))
        else:
            raise ResultsError(f"{where}: a comparison of {' / '.join(key)} before its verdict")
    found: dict[str, list[Claim]] = {}
    for (source, claim), told in verdicts.items():
        found.setdefault(source, []).append(_claim(told, evidence[source, claim]))
    return found


def _claim(line: Mapping[str, str], comparisons: Sequence[Comparison]) -> Claim:
    return Claim(
        id=line["claim"],
        sentence=line["text"],
        verdict=line["verdict"],
        scope=_unless_none(line["scope"]),
        reason=_unless_none(line["reason"]),
        weakest=next((one for one in comparisons if one.what == line["weakest"]), None),
        comparisons=comparisons,
    )


def _unless_none(text: str) -> str:
    return "" if text == NONE else text


def _comparison(line: Mapping[str, str]) -> Comparison:
    bounds = (line["ci_low"], line["ci_high"])
    return Comparison(
        what=line["comparison"],
        decides=line["decides"] == "yes",
        verdict=line["verdict"],
        effect=_unless_none(line["effect"]),
        interval="" if NONE in bounds else f"[{', '.join(bounds)}]",
        n="" if line["n_seeds"] in {NONE, "0"} else line["n_seeds"],
        text=line["text"],
    )
