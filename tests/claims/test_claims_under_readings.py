"""Claims under other readings of the protocol: judged on that reading's rows alone, and told apart in the page."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from paper_tables.claims import readings
from paper_tables.claims.__main__ import READINGS, RESULTS
from paper_tables.claims.ledger import Ledger
from paper_tables.claims.registry import claims, judged_tables
from paper_tables.claims.verdict import Verdict
from paper_tables.collect import Outcome, records
from paper_tables.methods import TITLES
from paper_tables.profiles import BANNERS
from paper_tables.protocol import TABLE
from paper_tables.protocol_collapse import TABLE as COLLAPSE
from paper_tables.readings import key_of
from paper_tables.records import results_path, write
from paper_tables.table import Table
from tests.fabricated import run_id

pytestmark = pytest.mark.slow

ALL = (readings.OWN, *TITLES)


def ledger(folder: Path, values: Mapping[str, float], table: Table = TABLE) -> Ledger:
    """The claims on a protocol table in which a row has its own value, its method's, or 50; seeds nearly agree."""
    results = {
        column.at(row): Outcome(
            "fabricated", column.task, run_id(column.at(row)),
            {seed: {m.key: values.get(row.key, values.get(row.key.partition(".")[0], 50.0)) + seed / 100
                    for m in column.metrics} for seed in range(3)},
        )
        for row, column in table.cells()
    }  # fmt: skip
    write(results_path(folder, "embedded", table.file_name), records(table, results, "embedded"))
    return readings.evaluate(claims(), judged_tables(), folder, "embedded")


def verdicts(found: Ledger, claim: str) -> dict[str, Verdict]:
    return {reading: found.judgements[reading][claim].verdict for reading in ALL}


@pytest.mark.parametrize("reading", TITLES)
def test_a_claim_that_holds_under_one_reading_only_is_told_as_such(tmp_path: Path, reading: str) -> None:
    found = ledger(tmp_path, {"pp": 40.0, key_of("pp", reading): 60.0})
    told = verdicts(found, "pp")
    assert told.pop(reading) is Verdict.REPRODUCED
    assert set(told.values()) == {Verdict.CONTRADICTED}
    page = readings.to_markdown({"embedded": found})
    (line,) = [line for line in page.splitlines() if line.startswith("| **pp**")]
    assert f"| holds under {reading} only; does not hold under {', '.join(r for r in ALL if r != reading)} |" in line


def test_the_file_tells_every_verdict_with_what_supports_it_least(tmp_path: Path) -> None:
    found = ledger(tmp_path, {"pp": 40.0, key_of("pp", "public_code"): 60.0})
    lines = list(csv.DictReader(readings.to_csv({"embedded": found, "small": found}).splitlines()))
    assert len(lines) == 2 * len(ALL) * len(readings.READ)
    (line,) = [
        line for line in lines if (line["profile"], line["reading"], line["claim"]) == ("small", "public_code", "pp")
    ]
    assert (line["title"], line["verdict"]) == (TITLES["public_code"], "reproduced")
    assert line["weakest"].startswith("Two-in-one + PP minus Two-in-one, ")
    assert line["text"].startswith("+10.00 points")
    (own,) = {line["title"] for line in lines if line["reading"] == readings.OWN}
    assert own == readings.OWN_TITLE
    nothing = readings.evaluate(claims(), judged_tables(), tmp_path / "nowhere", "embedded")
    assert {line["verdict"] for line in csv.DictReader(readings.to_csv({"small": nothing}).splitlines())} == {
        "not attempted"
    }


def test_a_claim_that_holds_everywhere_is_told_as_such(tmp_path: Path) -> None:
    found = ledger(tmp_path, {"pp": 60.0})
    assert set(verdicts(found, "pp").values()) == {Verdict.REPRODUCED}
    assert "| holds under every reading |" in readings.to_markdown({"embedded": found})


def test_cells_that_no_protocol_table_has_do_not_count(tmp_path: Path) -> None:
    """`existence` is about eight sparsities; under a reading it is judged where that was run."""
    found = ledger(tmp_path, {"two_in_one": 60.0})
    assert set(verdicts(found, "existence").values()) == {Verdict.REPRODUCED}
    assert set(verdicts(found, "collapse").values()) == {Verdict.NOT_ATTEMPTED}


def test_a_collapse_is_judged_under_every_reading(tmp_path: Path) -> None:
    """All sparsities are equal here: nothing collapses, so the half of the claim about S+P is contradicted."""
    found = ledger(tmp_path, {}, COLLAPSE)
    assert set(verdicts(found, "collapse").values()) == {Verdict.CONTRADICTED}


def test_without_results_nothing_is_attempted_and_the_page_has_no_table(tmp_path: Path) -> None:
    found = readings.evaluate(claims(), judged_tables(), tmp_path, "embedded")
    assert {verdict for claim in readings.READ for verdict in verdicts(found, claim).values()} == {
        Verdict.NOT_ATTEMPTED
    }
    assert "| claim |" not in readings.to_markdown({"embedded": found})


def test_page_and_file_are_up_to_date() -> None:
    judged = {name: readings.evaluate(claims(), judged_tables(), RESULTS, name) for name in BANNERS}
    expected = readings.to_markdown(judged)
    assert READINGS.read_text(encoding="utf-8") == expected, "run `python -m paper_tables.claims`"
    file = (RESULTS / "readings.csv").read_text(encoding="utf-8")
    assert file == readings.to_csv(judged), "run `python -m paper_tables.claims`"
