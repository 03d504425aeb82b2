"""Installed without a clone around it, the suite writes to the current folder or to `--out`, never beside its code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.commands import PACKAGES, ROOT

pytestmark = pytest.mark.slow

WHERE = """
from paper_tables.arguments import check, parser
options = parser().parse_args(["--all"])
check(options)
print(options.out)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as they are installed, and nothing else."""
    site = tmp_path_factory.mktemp("site")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    return site


@pytest.mark.parametrize(
    ("command", "written"),
    [
        (["-m", "paper_tables.claims"], ["claims.csv", "readings.csv"]),
        (["-m", "paper_tables.claims", "--out", "mine"], ["mine/claims.csv", "mine/readings.csv"]),
        (["-m", "paper_tables.claims", "--audit"], []),
        (["-m", "figures", "--figure", "lottery-init"], ["embedded/lottery-init.svg"]),
        (["-m", "figures.report", "--profile", "small"], ["report.html"]),
        (["-c", WHERE], []),
    ],
)
def test_nothing_is_written_beside_the_code(command: list[str], written: list[str], site: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-P", *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == set(written)
    if command[0] == "-c":
        assert ran.stdout == ".\n"
