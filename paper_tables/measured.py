"""A table of the measured kind at one scale: which run fills which cell, and writing what they gave."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.experiments import Run
from bench.measures import measure
from bench.methods import Condition, step_for
from bench.profiles import Profile, ProfileError
from bench.readings import readings
from bench.runner import Failures, Runner
from bench.settings import Setting, SettingError
from bench.sidecar import write_sidecar
from bench.steps.count import Count
from paper_tables.collect import records
from paper_tables.gather import outcomes
from paper_tables.origin import changed_meaning, computed_by, origin_of
from paper_tables.plan import Output, Plan
from paper_tables.records import write
from paper_tables.render import to_markdown, to_terminal
from paper_tables.starved import starved
from paper_tables.table import Address, Column, Table
from paper_tables.verify import differences, seeds_in
from supertickets.architecture import ArchitectureError
from supertickets.documents.texts import DocumentError
from supertickets.files import write_atomically
from supertickets.two_in_one import AlgorithmError
from supertickets.wording import counted


@dataclass(frozen=True)
class Measurement:
    """The runs behind a cell's numbers for one seed; `scores` may be any measurement of `bench.measures`."""

    scores: Run
    costs: Run


@dataclass(frozen=True)
class MeasuredPlan(Plan):
    """A measured table at one scale: which run fills which cell.

    Attributes:
        cells: cell -> one measurement per seed.
        unavailable: cell -> why the profile cannot fill it.
    """

    table: Table
    profile: Profile
    seeds: tuple[int, ...]
    cells: Mapping[Address, tuple[Measurement, ...]]
    unavailable: Mapping[Address, str]

    @property
    def runs(self) -> list[Run]:
        """In the table's order with all rows of a seed together, so that early results span rows."""
        ordered = [found[i] for i in range(len(self.seeds)) for found in self.cells.values()]
        return list(dict.fromkeys(run for one in ordered for run in (one.scores, one.costs)))

    @property
    def size(self) -> str:
        return f"{len(self.cells)} cells, {counted(len(self.seeds), 'seed')}"

    def refusal(self, results: Path) -> str | None:
        return changed_meaning(self.table, self.path(results))

    def loss(self, results: Path) -> str | None:
        path, seeds = self.path(results), len(self.seeds)
        try:
            stored = seeds_in(path)
        except DocumentError as error:
            return f"replacing {error}"
        if stored <= seeds:
            return None
        remedy = f"--seeds {stored} keeps them, --out FOLDER writes elsewhere"
        return f"{path}: has {stored} seeds and will have {seeds}; {remedy}"

    def finish(self, runner: Runner, failures: Failures, output: Output) -> int:
        from rich.console import Console

        own = {run: failures[run] for run in self.all_runs if run in failures}
        found = records(self.table, outcomes(self, runner, own), self.profile.name)
        path = self.path(output.results)
        kept = bool(own) and path.is_file()
        if not (output.check or kept):  # first of all: what is shown can be shown again
            write(path, found)
            write_sidecar(path, {"command": output.command, **self.facts(runner)})
            write_atomically(path.with_suffix(".md"), to_markdown(self.table, found).encode())
        to_terminal(self.table, found, Console() if sys.stdout.isatty() else Console(width=100))
        for run, reason in own.items():
            print(f"failed: {run.label}: {reason.splitlines()[0]}", file=sys.stderr)
        if output.check:
            return output.compared(path, differences(path, found)) or bool(own)
        if kept:
            print(f"kept {path} as it was, because runs failed", file=sys.stderr)
        else:
            print(f"wrote {path}, .json and .md")
        return 1 if own else 0

    def facts(self, runner: Runner) -> dict[str, Any]:
        """What the sidecar says: what computed the table, on which data, where."""
        # sparsities share their code, sources do not: what they were trained on is another task or data set
        cells = {f"{address.row} / {address.direction}": found[0].scores for address, found in self.cells.items()}
        return {
            "title": self.table.title,
            "paper_ref": self.table.paper_ref,
            "computed_by": computed_by(self.table),
            "starved_layers": starved(self.cells, runner),
            **origin_of(cells, self.all_runs, runner),
        }


def seeds_of(table: Table, profile: Profile, asked: int | None) -> tuple[int, ...]:
    """The seeds of a table: as many as are asked for, else as the table has by default, else the profile."""
    return tuple(range(asked or table.seeds or profile.seeds))


def plan(table: Table, profile: Profile, seeds: tuple[int, ...]) -> MeasuredPlan:
    """Describe every run of a table.

    Raises:
        MethodError: for a row the project cannot compute.
        ProfileError: when the profile can fill none of the table's cells.
    """
    cells: dict[Address, tuple[Measurement, ...]] = {}
    unavailable: dict[Address, str] = {}
    for row, column in table.cells():
        if row.computed_by is None:
            continue
        try:
            condition = _condition(table, profile, column, row.reading)
            step = step_for(row.computed_by, condition)
        except (AlgorithmError, ArchitectureError, ProfileError, SettingError) as error:
            unavailable[column.at(row)] = str(error)
            continue
        scores = measure(table.measured, step, condition.setting)
        costs = Count(step)
        cells[column.at(row)] = tuple(Measurement(Run(scores, seed), Run(costs, seed)) for seed in seeds)
    if not cells:
        raise ProfileError(f"table {table.name}: {next(iter(unavailable.values()))}")
    return MeasuredPlan(table, profile, seeds, cells, unavailable)


def _condition(table: Table, profile: Profile, column: Column, reading: str | None) -> Condition:
    """What a method is asked for in a column; every setting of the profile is read as `reading` says."""

    def setting(role: str) -> Setting:
        ours = profile.setting(role, table.name)
        return ours if reading is None else readings()[reading].of(ours)

    source = None if column.source is None else setting(column.source)
    return Condition(setting(column.role), column.sparsity, source)
