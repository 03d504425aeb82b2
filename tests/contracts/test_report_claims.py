"""Claims in the report: the answer first, each verdict with what it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from figures.reading import BANNERS
from figures.report.readings import SCHEMA as READING
from figures.report.verdicts import OF_PRINTED, SYMBOLS, VERDICTS, WORDS
from paper_tables.claims import readings
from paper_tables.claims.verdict import Verdict
from tests.fabricated import TABLES
from tests.report_page import Page, fabricate, ledger, report

pytestmark = pytest.mark.slow


def judged(folder: Path, *lines: str) -> Page:
    """The report of one table and of a ledger with these lines."""
    results = folder / "results"
    fabricate(results, {"lottery-init": TABLES["lottery-init"]})
    ledger(results, *lines)
    return report(results, folder)


def test_claims_show_what_they_rest_on(whole: Page) -> None:
    claims = [" ".join(line.split()) for line in whole.claims if "improves" in line]
    assert claims == [
        "✓ holds Progressive pruning improves. 2 comparisons: 2 ✓",
        "✓ consistent Progressive pruning improves.",
        "✗ inconsistent Reactivation improves.",
    ]
    assert "Called pp ; in the paper: Sec. 3" in whole.said
    assert "Supports the verdict least: PP on Cityscapes: +9.42, a < b & c" in whole.said
    assert "2 comparisons that decide ✓ holds PP minus two-in-one on COCO: more" in whole.said
    assert "1 comparison reported only ? open PP by macc: one seed" in whole.said
    assert "✗ does not hold the public code's: PP on COCO: -9 points" in whole.said


def test_it_opens_with_the_answer_by_profile_and_by_reading_and_the_figure(whole: Page) -> None:
    heads = ["✓ holds", "✗ does not hold", "? open", "- not run"]
    answer, under = whole.tables[:2]
    assert answer == [
        ["judged on", *heads],
        [f"{BANNERS['embedded']} (up to 3 seeds)", "1", "0", "0", "0"],
        *([banner, "not judged"] for profile, banner in BANNERS.items() if profile != "embedded"),
    ]
    assert under == [["reading", *heads], ["our own", "1", "0", "0", "0"], ["the public code's", "0", "1", "0", "0"]]
    tags = [tag for tag, _ in whole.tags]
    assert tags.index("table") < tags.index("img") < tags.index("nav")
    assert "never run" not in whole.said
    assert "1 consistent, 1 inconsistent. That is an audit of what is printed" in whole.said


def test_claims_of_two_papers_are_counted_and_listed_apart(tmp_path: Path) -> None:
    page = judged(
        tmp_path,
        "a,embedded,all,verdict,inconclusive,none,none,none,none,One.,none,none,none,Tab. 1,none",
        "b,embedded,all,verdict,not attempted,none,none,none,none,Other.,none,none,none,"
        '"Object recognition, Tab. 1",none',
        "c,embedded,all,verdict,not attempted,none,none,none,none,Third.,none,none,none,"
        '"Object recognition, Tab. 2",none',
    )
    counted = [table[1][1:] for table in page.tables if table[0][0] == "judged on"]
    assert counted == [["0", "0", "1", "0"], ["0", "0", "0", "2"]]
    others = "Claims of the supplement of The Lottery Ticket Hypothesis for Object Recognition"
    assert page.said.index("Claims of SuperTickets") < page.said.index("One.") < page.said.index(others)
    assert page.said.index(others) < page.said.index("Other.") and page.said.count(others) == 1


def test_the_audit_never_says_that_anything_was_reproduced(whole: Page) -> None:
    assert "reproduced" not in whole.said and "reproduced" not in " ".join(str(a) for _, a in whole.tags)
    assert {*WORDS.values()} & {*OF_PRINTED.values()} == {"open"}


def test_the_words_for_verdicts_are_those_of_the_ledger() -> None:
    assert tuple(verdict.value for verdict in Verdict) == VERDICTS
    assert [*SYMBOLS.values()] == [verdict.symbol for verdict in Verdict]
    assert tuple(READING.columns) == readings.COLUMNS


def test_claims_show_their_scope_and_why_a_contradiction_stands(tmp_path: Path) -> None:
    page = judged(
        tmp_path,
        "a,embedded,all,verdict,contradicted,-9,-9.5,-8.5,3,Sentence.,b - c,On streets.,Its intervals.",
        "a,embedded,b - c,yes,contradicted,-9,-9.5,-8.5,3,-9 points,none,none,none,none,B minus C",
        "a,embedded,b - d,yes,not attempted,none,none,none,0,no result,none,none,none,none,B minus D",
        "d,embedded,all,verdict,inconclusive,none,none,none,none,Another.",
    )
    claims = [" ".join(line.split()) for line in page.claims if line.strip()[:1] in {"✗", "?"}]
    assert claims == ["✗ does not hold Sentence. 2 comparisons: 1 ✗, 1 -", "? open Another."]
    assert "Supports the verdict least: B minus C: -9 points" in page.said
    assert "Looked into: Its intervals." in page.said and "Judged on: On streets." in page.said
