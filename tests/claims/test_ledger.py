"""The claims command line: what it writes, when it writes nothing, and how it fails."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from paper_tables.ablation import TABLE
from paper_tables.claims import __main__ as command
from paper_tables.claims import known, ledger, summary
from paper_tables.claims.claim import OBJECT_RECOGNITION, SUPERTICKETS
from paper_tables.claims.registry import claims, judged_tables
from paper_tables.claims.verdict import Verdict
from paper_tables.collect import Outcome, records
from paper_tables.profiles import BANNERS
from paper_tables.records import results_path, write
from tests.fabricated import run_id

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
BEGIN, END = ledger.markers(summary.CLAIMS)


def fabricate(folder: Path, seeds: int = 3, spread: float = 0.0, profile: str = "embedded") -> None:
    """Write results in which every later row is a point better than the one before, and odd ones differ by seed."""
    order = {row.key: i for i, row in enumerate(TABLE.rows)}
    results = {
        column.at(row): Outcome(
            "fabricated", column.task, run_id(column.at(row)),
            {seed: {metric.key: 50.0 + order[row.key] + seed + spread * seed * (order[row.key] % 2)
                    for metric in column.metrics} for seed in range(seeds)},
        )
        for row, column in TABLE.cells()
    }  # fmt: skip
    write(results_path(folder, profile, TABLE.file_name), records(TABLE, results, profile))


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the repository's README, pages and list of contradictions out of it."""
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(command, "README", tmp_path / "README.md")
    monkeypatch.setattr(command, "AUDIT", tmp_path / "AUDIT.md")
    monkeypatch.setattr(command, "CLAIMS", tmp_path / "CLAIMS.md")
    monkeypatch.setattr(command, "READINGS", tmp_path / "READINGS.md")
    empty = tmp_path / "known.toml"
    empty.write_text("")
    monkeypatch.setattr(command.known, "load", lambda: known_load(empty))


known_load = known.load


def test_without_results_everything_is_not_attempted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 0
    assert f"all {len(claims())} claims were not run" in capsys.readouterr().out
    judged = ledger.evaluate(claims(), judged_tables(), tmp_path / "results")
    assert {j.verdict for j in judged.all() if j.source != "printed"} == {Verdict.NOT_ATTEMPTED}
    assert "pp,embedded,all,verdict,not attempted" in (tmp_path / "results" / "claims.csv").read_text()


@pytest.mark.slow
def test_same_ledger_twice_and_no_blank_cell(tmp_path: Path) -> None:
    fabricate(tmp_path / "results")
    target = tmp_path / "results" / "claims.csv"
    assert command.main([]) == 0
    first = target.read_bytes()
    assert command.main([]) == 0
    assert target.read_bytes() == first
    assert b",," not in first
    assert b"\r" not in first
    assert b"ir-p-hurts,embedded,all,verdict,contradicted" in first
    assert b"pp,embedded,all,verdict,reproduced" in first


def test_the_evidence_is_what_decides_and_what_else_there_is(tmp_path: Path) -> None:
    """What only could be reported and is not there is left out; a claim that says nothing has no seeds."""
    nothing = ledger.evaluate(claims(), judged_tables(), tmp_path)
    assert {finding.n for one in nothing.all() if one.source != "printed" for finding in one.findings} == {0}
    fabricate(tmp_path / "results")
    judged = ledger.evaluate(claims(), judged_tables(), tmp_path / "results")
    lines = list(csv.DictReader(ledger.to_csv(judged).splitlines()))
    compared = [line for line in lines if line["comparison"] != "all"]
    assert all(line["paper_ref"] == claims()[line["claim"]].paper_ref for line in lines if line["comparison"] == "all")
    assert "Two-in-one + PP minus Two-in-one, Cityscapes at 90 %, mIoU (ablation)" in {
        line["name"] for line in compared
    }
    assert not any("_" in line["name"] for line in compared), "methods and metrics by their names"
    shown = {(line["claim"], line["source"], line["comparison"]) for line in compared}
    expected, left_out = set(), 0
    for one in judged.all():
        for finding in one.findings if one.verdict is not Verdict.NOT_ATTEMPTED else ():
            if finding.decides or finding.verdict is not Verdict.NOT_ATTEMPTED:
                expected.add((one.claim, one.source, finding.comparison))
            else:
                left_out += 1
    assert shown == expected and left_out > 0


def test_a_verdict_shows_what_supports_it_least(tmp_path: Path) -> None:
    fabricate(tmp_path / "results")
    assert command.main([]) == 0
    text = (tmp_path / "results" / "claims.csv").read_text()
    assert "pp,embedded,all,verdict,reproduced,1.0000,none,none,3,0.0000,none," in text
    judged = ledger.evaluate(claims(), judged_tables(), tmp_path / "results")
    cells = {line.split(" | ")[0]: line.split(" | ") for line in ledger.to_markdown(judged).splitlines()}
    [pp] = [cell for name, cell in cells.items() if name.startswith("| **pp**")]
    assert pp[2] == "holds (2 of 2)<br>+1.00, n=3"
    assert pp[3].startswith("consistent (2 of 2)<br>+1.76"), "profiles that were not run have no column"


@pytest.mark.slow
def test_an_open_claim_says_how_many_seeds_would_decide_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def pp(seeds: int) -> tuple[list[str], str, str]:
        fabricate(tmp_path / "results", seeds, spread=1.0)
        assert command.main([]) == 0
        with (tmp_path / "results" / "claims.csv").open(newline="") as file:
            lines = [line for line in csv.DictReader(file) if (line["claim"], line["source"]) == ("pp", "embedded")]
        judged = ledger.evaluate(claims(), judged_tables(), tmp_path / "results")
        [shown] = [line for line in ledger.to_markdown(judged).splitlines() if line.startswith("| **pp**")]
        needed = [line["seeds_needed"] for line in lines if line["decides"] != "no"]
        return needed, lines[1]["text"], shown.split(" | ")[2]

    # Ahead by 1, 2 and 3 points.
    needed, text, shown = pp(3)
    assert needed == ["4"] * 3
    assert text == "+2.00 points [-0.48, +4.48], n=3, claimed > 0, adjusted p = 0.074; 4 seeds would decide"
    assert shown == "open (2 of 2; 4 seeds would decide)<br>+2.00 [-0.48, 4.48], n=3"
    assert "4 seeds would decide" in " ".join(capsys.readouterr().out.split())
    needed, text, shown = pp(2)
    assert needed == ["4"] * 3 and "n=2: no interval, range +1.00 to +2.00" in text and ", n=2" in shown
    needed, text, shown = pp(1)
    assert needed == ["none"] * 3 and "would decide" not in text + shown


@pytest.mark.slow
def test_selection_prints_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fabricate(tmp_path / "results")
    assert command.main(["--profile", "embedded"]) == 0
    out = capsys.readouterr().out
    assert "embedded profile" in out and "printed" not in out
    assert command.main(["--audit"]) == 0
    out = capsys.readouterr().out
    assert "audit" in out and "embedded" not in out
    assert "consistent" in out and "reproduced" not in out and "inconclusive" not in out
    assert not (tmp_path / "results" / "claims.csv").exists()


@pytest.mark.slow
def test_readme_block_is_rewritten_and_the_rest_left_alone(tmp_path: Path) -> None:
    fabricate(tmp_path / "results")
    readme = tmp_path / "README.md"
    readme.write_text(f"# Title\n{BEGIN}\nbygone\n{END}\nafter\n")
    assert command.main([]) == 0
    text = readme.read_text()
    assert text.startswith(f"# Title\n{BEGIN}\nClaims of SuperTickets (ECCV 2022):\n\n| claim") and text.endswith(
        f"{END}\nafter\n"
    )
    assert "bygone" not in text and "✓ holds" in text
    assert "NOT the paper's data" in (tmp_path / "CLAIMS.md").read_text()
    assert command.main([]) == 0
    assert readme.read_text() == text


def test_the_answer_counts_the_claims_of_every_profile(tmp_path: Path) -> None:
    fabricate(tmp_path / "results", 4, spread=0.1)
    judged = ledger.evaluate(claims(), judged_tables(), tmp_path / "results")
    theirs, others = (
        [judged.judgements["embedded"][claim.id].verdict for claim in judged.claims.values() if claim.paper == paper]
        for paper in (SUPERTICKETS, OBJECT_RECOGNITION)
    )
    assert set(others) == {Verdict.NOT_ATTEMPTED}
    count = Counter(theirs)
    assert 0 < count[Verdict.REPRODUCED] < len(theirs)
    told = ", ".join(
        f"{count[verdict]} {words}"
        for verdict, words in zip(
            (Verdict.REPRODUCED, Verdict.CONTRADICTED, Verdict.INCONCLUSIVE, Verdict.NOT_ATTEMPTED),
            (f"of {len(theirs)} claims hold", "do not", "open", "not run"),
            strict=True,
        )
    )
    embedded, *not_run = summary.answers(judged).splitlines()
    assert embedded.startswith("- **embedded profile**")
    assert embedded.endswith(f"up to 4 seeds): {told}")
    assert len(not_run) == len(BANNERS) - 1 and all(line.endswith("): not run") for line in not_run)
    assert "(CVPR 2021): embedded profile: not run</summary>" in summary.symbols(judged)
    rows = [line.split(" | ") for line in summary.symbols(judged).splitlines() if line.startswith("| **")]
    shown = Counter(row[1] for row in rows)
    assert shown["✓"] == count[Verdict.REPRODUCED] and shown["-"] == count[Verdict.NOT_ATTEMPTED] + len(others)


def test_profiles_with_results_answer_first(tmp_path: Path) -> None:
    fabricate(tmp_path / "results", profile="small")
    judged = ledger.evaluate(claims(), judged_tables(), tmp_path / "results")
    assert summary.answers(judged).startswith("- **small profile**")


def test_the_readme_says_what_the_committed_results_say() -> None:
    judged = ledger.evaluate(claims(), judged_tables(), ROOT / "paper_tables" / "results")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, block in ((summary.ANSWERS, summary.answers(judged)), (summary.CLAIMS, summary.symbols(judged))):
        first, last = ledger.markers(name)
        assert f"{first}\n{block}{last}" in text, "run python -m paper_tables.claims"
    assert (ROOT / "docs" / "CLAIMS.md").read_text(encoding="utf-8") == ledger.to_markdown(judged)


@pytest.mark.slow
def test_results_from_elsewhere_leave_the_readme_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    fabricate(elsewhere)
    readme = tmp_path / "README.md"
    readme.write_text(f"{BEGIN}\nbygone\n{END}\n")
    assert command.main(["--results", str(elsewhere)]) == 0
    assert "bygone" in readme.read_text()
    assert (elsewhere / "claims.csv").exists()


@pytest.mark.slow
@pytest.mark.parametrize("text", [BEGIN, END, END + BEGIN, (BEGIN + END) * 2])
def test_broken_markers_are_an_error(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text(text)
    assert command.main([]) == 2
    assert BEGIN in capsys.readouterr().err
    assert ledger.rewrite_block("no markers", "claims", "block") == "no markers"


@pytest.mark.slow
def test_stale_known_contradiction_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fabricate(tmp_path / "results")
    (tmp_path / "known.toml").write_text(
        '[[contradiction]]\nclaim = "pp"\nprofile = "embedded"\nreason = "seen"\ncomparisons = ["x"]\n'
    )
    assert command.main([]) == 1
    assert "pp / embedded is listed as a known contradiction, but is reproduced" in capsys.readouterr().err


@pytest.mark.slow
def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results" / "claims.csv").mkdir()
    assert command.main([]) == 2
    assert f"--out {tmp_path / 'results'}: cannot be written" in capsys.readouterr().err


def test_bad_arguments_and_broken_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["--profile", "huge"])
    assert stopped.value.code == 2
    assert command.main(["--results", str(tmp_path / "nowhere")]) == 2
    fabricate(tmp_path / "results")
    path = results_path(tmp_path / "results", "embedded", TABLE.file_name)
    path.write_text(path.read_text().replace(",51.00,", ",61.00,", 1))
    assert command.main([]) == 2
    assert f"{path}:2, column value" in capsys.readouterr().err
