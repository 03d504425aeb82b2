"""Figure 6 of the object-recognition paper: validation losses while the dense net and its ticket are trained."""

from __future__ import annotations

from pathlib import Path

from bench.experiments import Run
from bench.measures import measure
from bench.profiles import Profile
from bench.runner import Runner
from bench.steps.converge import Converge
from paper_tables.records import RecordError
from paper_tables.written import WrittenTable
from paper_tables.written.detectors import DENSE_AND_SPARSE, Shown, detectors, series
from paper_tables.written.lines import write_lines

SEEDS = range(3)
DIGITS = 6


def runs(profile: Profile) -> list[Run]:
    """How both trainings converged, of every seed."""
    return [_run(shown, seed) for seed in SEEDS for shown in detectors(profile, DENSE_AND_SPARSE)]


def _run(shown: Shown, seed: int) -> Run:
    return Run(measure("convergence", shown.step, shown.setting), seed)


def write(table: WrittenTable, profile: Profile, runner: Runner, folder: Path, _present: Path) -> None:
    """A line per net and seed: the loss after every epoch, and how many epochs its first weights had had."""
    lines = []
    for shown in detectors(profile, DENSE_AND_SPARSE):
        for seed in SEEDS:
            run = _run(shown, seed)
            found = runner.stored(run)
            if found is None or not isinstance(run.step, Converge):
                raise RecordError(f"{run.label} has no result: compute the table first")
            losses = series(found.numbers["validation_losses"], DIGITS)
            lines.append(shown.line(table, profile, run) | {"rewound": run.step.before, "losses": losses})
    write_lines(folder / table.file_name, lines)


TABLE = WrittenTable(
    "or-loss-curves", 1, "Validation losses of a dense detector and of a ticket", "Object recognition, Fig. 6",
    runs, write,
)  # fmt: skip
