"""The claims ledger as the report shows it, read from claims.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.reading import ResultsError, lines

COLUMNS = ("claim", "source", "comparison", "decides", "verdict", "effect", "ci_low", "ci_high", "n_seeds", "text")
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
    """A claim, its verdict on one source, and what the verdict rests on."""

    id: str
    sentence: str
    verdict: str
    comparisons: Sequence[Comparison]


def read(path: Path) -> dict[str, list[Claim]]:
    """Return source -> claims in file order; the sources are profiles and "printed", the paper's own numbers.

    Raises:
        ResultsError: naming file and line, for a missing column, an unknown verdict or a comparison before its claim.
    """
    verdicts: dict[tuple[str, str], tuple[str, str]] = {}
    evidence: dict[tuple[str, str], list[Comparison]] = {}
    for where, line in lines(path):
        if absent := [column for column in COLUMNS if column not in line]:
            raise ResultsError(f"{where}: no column {', '.join(absent)}; run `python -m paper_tables.claims`")
        key = line["source"], line["claim"]
        if line["verdict"] not in VERDICTS:
            raise ResultsError(f"{where}: {line['verdict']!r} is none of {', '.join(VERDICTS)}")
        if line["comparison"] == "all":
            verdicts[key] = line["verdict"], line["text"]
            evidence[key] = []
        elif key in evidence:
            evidence[key].append(_comparison(line))
        else:
            raise ResultsError(f"{where}: a comparison of {' / '.join(key)} before its verdict")
    found: dict[str, list[Claim]] = {}
    for (source, claim), (verdict, sentence) in verdicts.items():
        found.setdefault(source, []).append(Claim(claim, sentence, verdict, evidence[source, claim]))
    return found


def _comparison(line: dict[str, str]) -> Comparison:
    bounds = (line["ci_low"], line["ci_high"])
    return Comparison(
        what=line["comparison"],
        decides=line["decides"] == "yes",
        verdict=line["verdict"],
        effect="" if line["effect"] == NONE else line["effect"],
        interval="" if NONE in bounds else f"[{', '.join(bounds)}]",
        n="" if line["n_seeds"] in {NONE, "0"} else line["n_seeds"],
        text=line["text"],
    )
