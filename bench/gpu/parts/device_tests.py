"""The tests that are marked `gpu`, one line each."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from bench.gpu.parts import ROOT, Given, NotRunError, Part

COLUMNS = ("test", "seconds", "status")
TINY = ("-m", "fast", "tests/contracts/test_discovery.py")
"""Some tests, to try the code where there is no GPU."""
NO_TESTS, SOME_FAILED = 5, 1


def outcomes(given: Given) -> Iterator[Mapping[str, object]]:
    """Run pytest and read what it reports.

    Raises:
        NotRunError: there are no tests here, or no GPU that they could test.
        RuntimeError: pytest itself fails.
    """
    if not (ROOT / "tests").is_dir() or find_spec("pytest") is None:
        raise NotRunError("needs a clone of the repository, and pytest")
    if given.device == "cpu" and not given.tiny:
        raise NotRunError("no CUDA device: nothing is marked for a CPU")
    chosen = TINY if given.tiny else ("-m", "gpu", "tests")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        call = [sys.executable, "-m", "pytest", "-q", *chosen, f"--junitxml={report}", "-p", "no:cacheprovider"]
        code = subprocess.run(call, cwd=ROOT, check=False).returncode
        if code not in (0, SOME_FAILED):
            raise RuntimeError(f"pytest ended with {code}" + (": no test was chosen" if code == NO_TESTS else ""))
        yield from _read(report)


def _read(report: Path) -> Iterator[Mapping[str, object]]:
    for case in ET.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        yield dict(zip(COLUMNS, (name, case.get("time"), _status(case)), strict=True))


def _status(case: ET.Element) -> str:
    for child in case:
        message = " ".join((child.get("message") or "").split())[:200]
        if child.tag in ("failure", "error"):
            return f"failed: {message}"
        if child.tag == "skipped":
            return f"skipped: {message}"
    return "passed"


KEYS = ("tests",)
PARTS = (Part(*KEYS, "tests marked gpu", 4, 60, COLUMNS, outcomes),)
