"""A profile is one file: with it there are runs, tables, verdicts, figures and a report, all under its banner."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MINE = """
from dataclasses import replace
from bench.profiles import embedded

BANNER = "mine profile: a file and nothing else"
PROFILE = replace(embedded.PROFILE, name="mine", banner=BANNER)
"""
COMMANDS = """
import sys
import bench.profiles
bench.profiles.__path__.append(sys.argv[1])  # a file there is like one in the folder itself
from figures.__main__ import main as figures
from figures.report.__main__ import main as report
from paper_tables.__main__ import main as tables
from paper_tables.claims.__main__ import main as claims
from paper_tables.records import write
from paper_tables.registry import tables as known
from tests.claims.test_records import fabricate
from dataclasses import replace
from pathlib import Path

results = sys.argv[2]
records = [replace(record, profile="mine") for record in fabricate(known()["lottery-init"])]
write(Path(results, "mine", known()["lottery-init"].file_name), records)
assert tables("--table ablation --list --profile mine".split()) == 0
assert claims(["--profile", "mine", "--results", results]) == 0
assert figures(["--figure", "lottery-init", "--profile", "mine", "--results", results, "--out", results]) == 0
assert report(["--profile", "mine", "--results", results, "--rendered", results, "--out", sys.argv[3]]) == 0
"""


@pytest.mark.slow
def test_a_profile_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.py").write_text(MINE)
    page, places = tmp_path / "report.html", [str(tmp_path / "profiles"), str(tmp_path / "results")]
    environment = os.environ | {"SUPERTICKETS_CACHE": str(tmp_path / "cache")}
    ran = subprocess.run(
        [sys.executable, "-c", COMMANDS, *places, str(page)],
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    banner = "mine profile: a file and nothing else"
    assert ran.stdout.count(banner) == 2, "by the list and by the ledger"
    assert banner in (tmp_path / "results" / "mine" / "lottery-init.svg").read_text()
    assert banner in page.read_text()
