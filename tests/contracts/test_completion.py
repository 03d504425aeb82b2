"""A shell that completes a line is told what may follow, by every command, and nothing is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.commands import ROOT, sources

pytestmark = pytest.mark.slow

SUITE = [str(Path(sys.executable).with_name("supertickets-bench"))]


def completed(line: str, program: list[str], before: int, folder: Path) -> set[str]:
    """What argcomplete tells a shell that asks at the end of a line, whose first `before` words start the program."""
    told = folder / "told"
    asked = {
        "_ARGCOMPLETE": str(before), "_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_STDOUT_FILENAME": str(told),
        "COMP_LINE": line, "COMP_POINT": str(len(line.encode())),
    }  # fmt: skip
    environment = {**os.environ, **asked, "PYTHONPATH": str(ROOT)}
    # a command that is not completed would start
    ran = subprocess.run(program, env=environment, cwd=folder, capture_output=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    return {word.strip() for word in told.read_text().splitlines()}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("supertickets-bench ta", {"tables"}),
        ("supertickets-bench errors", {"errors", "errors-figures"}),
        ("supertickets-bench tables --table lottery", {"lottery-init"}),
        ("supertickets-bench tables --profile ", {"embedded", "medium", "paper", "small"}),
        ("supertickets-bench figures --table", set()),
        ("supertickets-bench data cam", {"camvid"}),
        ("supertickets-bench nonsense --pro", set()),
    ],
)
def test_words_of_the_suite_are_completed(line: str, words: set[str], tmp_path: Path) -> None:
    assert completed(line, SUITE, 1, tmp_path) == words


@pytest.mark.parametrize("module", sources())
def test_a_module_that_is_a_command_is_completed_too(module: str, tmp_path: Path) -> None:
    """In shells with `activate-global-python-argcomplete`, which look for a mark at the beginning of the file."""
    assert "PYTHON_ARGCOMPLETE_OK" in sources()[module].read_text(encoding="utf-8")[:1024]
    typed, meant = ("tab", "tables") if module == "bench" else ("--h", "--help")
    assert completed(f"python -m {module} {typed}", [sys.executable, "-m", module], 3, tmp_path) == {meant}
