"""What is left of every layer when all are ranked together, and when each is ranked alone."""

from __future__ import annotations

from pathlib import Path

from bench.experiments import Run
from bench.profiles import Profile
from bench.runner import Runner
from paper_tables.written import WrittenTable
from paper_tables.written.detectors import detectors
from paper_tables.written.lines import write_lines

METHODS = tuple((method, sparsity) for method in ("or_direct", "or_direct_layers") for sparsity in (80, 90))


def runs(profile: Profile) -> list[Run]:
    """Tickets of seed 0."""
    return [Run(shown.step, 0) for shown in detectors(profile, METHODS)]


def write(table: WrittenTable, profile: Profile, runner: Runner, folder: Path, _present: Path) -> None:
    """A line per ticket and layer."""
    lines = []
    for shown in detectors(profile, METHODS):
        run = Run(shown.step, 0)
        for layer, mask in runner.store.ticket(run).masks.items():
            counts = {"layer": layer, "weights": mask.numel(), "kept": int(mask.sum())}
            lines.append(shown.line(table, profile, run) | counts)
    write_lines(folder / table.file_name, lines)


TABLE = WrittenTable(
    "or-layer-sparsities", 1, "Weights left of every layer of a detector", "Object recognition, Sec. 1", runs, write
)
