"""One table of the embedded profile with every run on the device; stopped, it goes on at the last finished epochs."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping

from bench.gpu.parts import ROOT, Given, NotRunError, Part
from supertickets.argument_types import usable_cores

COLUMNS = ("table", "file", "cells", "measured", "status")
TABLE, MOST_RUNS = "ablation", 12
"""So many small runs share a GPU; more wait for each other."""


def computed(given: Given) -> Iterator[Mapping[str, object]]:
    """Compute the table with one seed, into the folder of the session.

    Raises:
        NotRunError: nothing but the machine would be tried, for many minutes.
        RuntimeError: runs failed; the output names them.
    """
    if given.tiny and given.tables == Given.tables:
        raise NotRunError("a table takes many minutes on a CPU")
    folder, jobs = given.out / "tables", str(min(MOST_RUNS, usable_cores()))
    asked = ("--table", TABLE, "--seeds", "1", "--jobs", jobs, "--device", given.device, "--out", str(folder.resolve()))
    code = subprocess.run([sys.executable, *given.tables, *asked], cwd=ROOT, check=False).returncode
    if code:
        raise RuntimeError(f"the command of the tables ended with {code}")
    (path,) = folder.glob(f"*/{TABLE}.v*.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        statuses = Counter(line["status"] for line in csv.DictReader(lines))
    cells, measured = statuses.total(), statuses["measured"]
    status = "ok" if cells == measured else f"failed: {cells - measured} cells are not measured"
    values = (TABLE, str(path.relative_to(given.out.resolve())), cells, measured, status)
    yield dict(zip(COLUMNS, values, strict=True))


KEYS = ("table",)
PARTS = (Part(*KEYS, "one embedded table", 5, 90, COLUMNS, computed),)
