"""Figure 5 of the object-recognition paper: precision over recall of joints as errors are removed, dense and sparse."""

from __future__ import annotations

from pathlib import Path

from bench.experiments import Run
from bench.measures import measure
from bench.profiles import Profile
from bench.runner import Runner
from paper_tables.object_recognition import PEOPLE
from paper_tables.records import RecordError
from paper_tables.written import WrittenTable
from paper_tables.written.detectors import DENSE_AND_SPARSE, Shown, detectors, series
from paper_tables.written.lines import write_lines

DIGITS = 4
"""Decimals of a precision, 0..1."""


def runs(profile: Profile) -> list[Run]:
    """The error analyses of both nets of seed 0."""
    return [_run(shown) for shown in detectors(profile, DENSE_AND_SPARSE, (PEOPLE,))]


def _run(shown: Shown) -> Run:
    return Run(measure("errors", shown.step, shown.setting), 0)


def write(table: WrittenTable, profile: Profile, runner: Runner, folder: Path, _present: Path) -> None:
    """A line per net, OKS threshold and error that was removed last; `none` where nobody is to be found."""
    lines = []
    for shown in detectors(profile, DENSE_AND_SPARSE, (PEOPLE,)):
        run = _run(shown)
        found = runner.stored(run)
        if found is None:
            raise RecordError(f"{run.label} has no result: compute the table first")
        for oks, curves in found.numbers["curves"].items():
            for error, curve in curves.items():
                precision = "none" if curve is None else series(curve, DIGITS)
                lines.append(shown.line(table, profile, run) | {"oks": oks, "error": error, "precision": precision})
    write_lines(folder / table.file_name, lines)


TABLE = WrittenTable(
    "or-keypoint-curves", 1, "Precision over recall of joints as errors are removed", "Object recognition, Fig. 5",
    runs, write,
)  # fmt: skip
