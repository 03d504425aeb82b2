"""Numbers and verdicts that docs/RESULTS.md quotes are those of the CSVs, rounded as they are written."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from figures.reading import newest, read_lines
from paper_tables.claims.verdict import Verdict
from tests.contracts.documents import ROOT

pytestmark = pytest.mark.fast

RESULTS = ROOT / "paper_tables" / "results"
TEXT = (ROOT / "docs" / "RESULTS.md").read_text(encoding="utf-8")

COLUMNS = {
    "streets at 90 %, mIoU": ("embedded", "Cityscapes", "miou"),
    "people at 80 %, AP": ("embedded", "COCO keypoints", "ap"),
    "CamVid at 90 %, mIoU": ("small", "Cityscapes", "miou"),
    "LSP at 80 %, AP": ("small", "COCO keypoints", "ap"),
}
"""Heading of a column -> profile, data set and metric of Table 1."""

STREETS, PEOPLE = "Cityscapes at 90 %, mIoU (ablation)", "COCO keypoints at 80 %, AP (ablation)"
EFFECTS = {
    f"Two-in-one + PP minus Two-in-one, {STREETS}": ("+7.6 mIoU on streets (3.0 to 12.2)", "| +7.6 mIoU on streets"),
    f"Two-in-one + PP minus Two-in-one, {PEOPLE}": ("+5.0 AP on people (2.0 to 8.1)", "and +5.0 AP on people"),
    f"SuperTickets minus Two-in-one + PP, {STREETS}": ("-5.9 mIoU on streets (-8.4 to -3.4)", "| -5.9 mIoU on streets"),
    f"Two-in-one minus Two-in-one + PP + IR-P, {STREETS}": ("1.2 mIoU on streets, where",),
    f"Two-in-one minus Two-in-one + PP + IR-P, {PEOPLE}": ("12.6 AP on people, which",),
    f"SuperTickets minus S+P (Mag.) + retraining, {STREETS}": ("+0.2 mIoU on streets; on people S+P",),
    f"SuperTickets + retraining minus SuperTickets, {STREETS}": ("+1.9 mIoU and",),
    f"SuperTickets + retraining minus SuperTickets, {PEOPLE}": ("+0.7 AP; six and ten",),
}
"""Comparison of the ledger -> where its effect, and behind it its interval, are quoted."""

NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def tables() -> Iterator[list[list[str]]]:
    """The tables of the page, as cells of text."""
    for block in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines())
        yield [head, *rows]


@cache
def ledger() -> tuple[Mapping[str, str], ...]:
    with (RESULTS / "claims.csv").open(encoding="utf-8", newline="") as file:
        return tuple(line for line in csv.DictReader(file) if line["source"] == "embedded")


@cache
def table_1(profile: str) -> Mapping[tuple[str, str, str], tuple[str, tuple[float, ...]]]:
    """(method, data set, metric) -> the mean as it stands in the file, and the value of every seed."""
    path = newest(RESULTS, profile, "ablation")
    assert path is not None
    return {(c.method, c.role, c.metric): (line.texts["value"], c.seeds) for c, line in read_lines(path)}


def require_quoted(quoted: str, number: float) -> None:
    """Whether a number was rounded to what is quoted; halves may go either way."""
    digits = len(quoted.partition(".")[2])
    assert abs(float(quoted) - number) <= 0.5 * 10**-digits + 1e-9, f"{quoted} is quoted of {number}"


def test_table_1_is_quoted_as_it_is() -> None:
    checked = 0
    for head, *rows in tables():
        for place, heading in enumerate(head):
            if heading in COLUMNS:
                profile, *where = COLUMNS[heading]
                for row in rows:
                    require_quoted(row[place], float(table_1(profile)[row[0], *where][0]))
                    checked += 1
    assert checked == 4 * 7


def test_seeds_are_quoted_as_they_are() -> None:
    [(_, *rows)] = [table for table in tables() if table[0][1:] == ["weights kept", "mIoU"]]
    for method, _, scores in rows:
        quoted, seeds = scores.split(", "), table_1("embedded")[method, "Cityscapes", "miou"][1]
        for one, seed in zip(quoted, seeds, strict=True):
            require_quoted(one, seed)
    assert len(rows) == 3


@pytest.mark.parametrize("comparison", EFFECTS)
def test_effects_are_quoted_as_they_are(comparison: str) -> None:
    [line] = [line for line in ledger() if line["name"] == comparison and line["claim"] not in {"sota", "existence"}]
    told = [float(line[column]) for column in ("effect", "ci_low", "ci_high")]
    for quote in EFFECTS[comparison]:
        assert quote in " ".join(TEXT.split()), f"{quote!r} is no longer there: quote what is"
        for quoted, number in zip(NUMBER.findall(quote.replace("IR-P", "")), told, strict=False):
            require_quoted(quoted, number)


def test_verdicts_and_counts_are_those_of_the_ledger() -> None:
    [(_, *rows)] = [table for table in tables() if table[0][0] == "claim"]
    verdicts = {line["claim"]: Verdict(line["verdict"]).word for line in ledger() if line["comparison"] == "all"}
    told = {claim: verdict.strip("*") for claim, verdict, _ in rows}
    assert told == {claim: verdicts[claim] for claim in told}
    assert {verdicts[claim] for claim in verdicts.keys() - told} <= {Verdict.NOT_ATTEMPTED.word}
    decides = [line["verdict"] for line in ledger() if line["claim"] == "existence" and line["decides"] == "yes"]
    decided = [verdict for verdict in decides if verdict in {"reproduced", "contradicted"}]
    assert {*decided} == {"reproduced"}
    assert f"{len(decided)} of {len(decides)} comparisons are decided, all for it" in TEXT
