"""The claims ledger as the report shows it, read from claims.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.reading import BANNERS
from figures.report.verdicts import VERDICTS
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema, read_sheet

NONE = "none"
PAPERS = {
    "": "SuperTickets",
    "Object recognition, ": "the supplement of The Lottery Ticket Hypothesis for Object Recognition",
}
"""How references to a paper begin -> what it is called; the first is the paper that the others are read beside."""
_NUMBER = cells.unless((NONE,), cells.number())
_NUMBERS = ("effect", "ci_low", "ci_high", "n_seeds")

SCHEMA = Schema(
    {
        "claim": cells.text,
        "source": cells.one_of((*BANNERS, "printed")),
        "comparison": cells.text,
        "decides": cells.one_of(("verdict", "yes", "no")),
        "verdict": cells.one_of(VERDICTS),
        "effect": _NUMBER,
        "ci_low": _NUMBER,
        "ci_high": _NUMBER,
        "n_seeds": cells.unless((NONE,), cells.whole()),
        "text": cells.text,
        "weakest": cells.text,
        "scope": cells.text,
        "reason": cells.text,
        "paper_ref": cells.text,
        "name": cells.text,
    },
    remedy="`python -m paper_tables.claims` writes the file again",
    key=("claim", "source", "comparison"),
    exact=False,
)
COLUMNS = tuple(SCHEMA.columns)


@dataclass(frozen=True)
class Comparison:
    """One comparison behind a verdict, all of it text as in the file.

    Attributes:
        what: which methods on which data set by which metric, for people.
        decides: whether the verdict rests on it; others are reported only.
        verdict: one of `VERDICTS`.
        n: number of seeds; empty for printed numbers.
        text: the evidence in words: effect, interval, seeds, what is claimed.
    """

    what: str
    decides: bool
    verdict: str
    n: str
    text: str


@dataclass(frozen=True)
class Claim:
    """A claim, its verdict on one source, and what the verdict rests on.

    Attributes:
        id, sentence, verdict: of the claim.
        paper_ref: where the paper makes it; empty when the ledger does not tell.
        scope: on what it is judged.
        reason: why a known contradiction stands; empty for any other verdict.
        weakest: of the deciding comparisons the one that supports the verdict least; None when the ledger names none.
        comparisons: all of them.
    """

    id: str
    sentence: str
    verdict: str
    paper_ref: str
    scope: str
    reason: str
    weakest: Comparison | None
    comparisons: Sequence[Comparison]

    @property
    def paper(self) -> str:
        """Which of `PAPERS` makes it."""
        return next((name for start, name in PAPERS.items() if start and self.paper_ref.startswith(start)), PAPERS[""])

    @property
    def tally(self) -> Mapping[str, int]:
        """Verdict -> how many of the deciding comparisons came to it; only those that any came to."""
        counts = Counter(one.verdict for one in self.comparisons if one.decides)
        return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


def read(path: Path) -> dict[str, list[Claim]]:
    """Return source -> claims in file order; the sources are profiles and "printed", the paper's own numbers.

    Raises:
        DocumentError: naming file and line, for what does not fit the schema, a comparison before its claim, and a
            verdict with other numbers than the comparison that it rests on.
    """
    verdicts: dict[tuple[str, str], Line] = {}
    evidence: dict[tuple[str, str], dict[str, Line]] = {}
    for line in read_sheet(path, SCHEMA):
        key = line.texts["source"], line.texts["claim"]
        if line.texts["comparison"] == "all":
            verdicts[key] = line
            evidence[key] = {}
        elif key in evidence:
            evidence[key][line.texts["comparison"]] = line
        else:
            raise line.error(f"a comparison of {' / '.join(key)} before its verdict")
    found: dict[str, list[Claim]] = {}
    for (source, claim), told in verdicts.items():
        _check_weakest(told, evidence[source, claim])
        comparisons = {name: _comparison(line.texts) for name, line in evidence[source, claim].items()}
        found.setdefault(source, []).append(_claim(told.texts, comparisons))
    return found


def _check_weakest(told: Line, evidence: Mapping[str, Line]) -> None:
    name = told.texts["weakest"]
    if name == NONE:
        return
    if name not in evidence:
        raise told.error(f"{name!r} is no comparison of the claim", "weakest")
    resting = evidence[name]
    for column in _NUMBERS:
        if resting.texts[column] != told.texts[column]:
            raise told.error(f"{told.texts[column]}, in line {resting.number} {resting.texts[column]}", column)


def _claim(line: Mapping[str, str], comparisons: Mapping[str, Comparison]) -> Claim:
    return Claim(
        id=line["claim"],
        sentence=line["text"],
        verdict=line["verdict"],
        paper_ref=_unless_none(line["paper_ref"]),
        scope=_unless_none(line["scope"]),
        reason=_unless_none(line["reason"]),
        weakest=comparisons.get(line["weakest"]),
        comparisons=list(comparisons.values()),
    )


def _unless_none(text: str) -> str:
    return "" if text == NONE else text


def _comparison(line: Mapping[str, str]) -> Comparison:
    return Comparison(
        what=line["name"],
        decides=line["decides"] == "yes",
        verdict=line["verdict"],
        n="" if line["n_seeds"] in {NONE, "0"} else line["n_seeds"],
        text=line["text"],
    )
