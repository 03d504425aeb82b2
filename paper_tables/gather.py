"""From a table to the runs it needs, and from stored results back to the table's outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.data import data_set
from bench.experiments import Run, lineage
from bench.methods import Cell, stage_for
from bench.profiles import Profile, ProfileError
from bench.provenance import commit
from bench.runner import Failure, Runner
from bench.settings import SettingError
from bench.stages.compute import origin
from bench.store import Result
from paper_tables.collect import Outcome
from paper_tables.records import NOT_RUN
from paper_tables.sidecar import recipes
from paper_tables.table import Address, Column, Table
from supertickets.masks import emptied_layers
from supertickets.ticket import Ticket, TicketError
from supertickets.two_in_one import AlgorithmError

_MILLION, _BILLION = 1e6, 1e9


@dataclass(frozen=True)
class Plan:
    """A table at one scale: which run fills which cell.

    Attributes:
        cells: cell -> one run per seed.
        unavailable: cell -> why the profile cannot fill it.
    """

    table: Table
    profile: Profile
    seeds: tuple[int, ...]
    cells: Mapping[Address, tuple[Run, ...]]
    unavailable: Mapping[Address, str]

    @property
    def runs(self) -> list[Run]:
        """Every run once, in the table's order with all rows of a seed together, so that early results span rows."""
        ordered = [runs[i] for i in range(len(self.seeds)) for runs in self.cells.values()]
        return list(dict.fromkeys(ordered))

    @property
    def steps(self) -> list[Run]:
        """Every run and everything it builds on, once, parents before children."""
        return list(dict.fromkeys(step for run in self.runs for step in ancestry(run)))


def ancestry(run: Run) -> list[Run]:
    """Return a run and all that it builds on, oldest first."""
    return [Run(stage, run.seed) for stage in lineage(run.stage)]


def seeds_of(table: Table, profile: Profile, asked: int | None) -> tuple[int, ...]:
    """The seeds of a table: as many as are asked for, else as the table has by default, else the profile."""
    return tuple(range(asked or table.seeds or profile.seeds))


def plan(table: Table, profile: Profile, seeds: tuple[int, ...]) -> Plan:
    """Describe every run of a table.

    Raises:
        MethodError: for a row the project cannot compute.
        ProfileError: when the profile can fill none of the table's cells.
    """
    cells: dict[Address, tuple[Run, ...]] = {}
    unavailable: dict[Address, str] = {}
    for row, column in table.cells():
        if row.recipe is None:
            continue
        try:
            stage = stage_for(row.recipe, _cell(profile, column))
        except (AlgorithmError, ProfileError, SettingError, TicketError) as error:
            unavailable[column.at(row)] = str(error)
            continue
        cells[column.at(row)] = tuple(Run(stage, seed) for seed in seeds)
    if not cells:
        raise ProfileError(f"table {table.name}: {next(iter(unavailable.values()))}")
    return Plan(table, profile, seeds, cells, unavailable)


def _cell(profile: Profile, column: Column) -> Cell:
    source = None if column.source is None else profile.setting(column.source)
    return Cell(profile.setting(column.role), column.sparsity, source)


def outcomes(item: Plan, runner: Runner, failures: Mapping[Run, Failure]) -> dict[Address, Outcome]:
    """What came of every cell; a cell with a failed seed is not averaged over the others but says so."""
    found = {}
    for row, column in item.table.cells():
        address = column.at(row)
        if address in item.unavailable:
            found[address] = Outcome(NOT_RUN, column.task, NOT_RUN, not_run=item.unavailable[address])
        if address not in item.cells:
            continue
        runs = item.cells[address]
        results = {run.seed: runner.stored(run) for run in runs}
        lost = [run for run in runs if results[run.seed] is None]
        known = {metric.key for metric in item.table.metrics(column)}
        found[address] = Outcome(
            data_set=runs[0].stage.setting.data,
            task=runs[0].stage.setting.task.name,
            experiment_id=runs[0].id,
            by_seed={} if lost else {seed: _reported(result, known) for seed, result in results.items() if result},
            not_run=_why(lost[0], failures) if lost else None,
        )
    return found


def _why(run: Run, failures: Mapping[Run, Failure]) -> str:
    """Why a run has no result: its own failure, or that of a run it builds on."""
    reasons = [failures[step].reason.splitlines()[0] for step in reversed(ancestry(run)) if step in failures]
    return f"seed {run.seed}: {reasons[0] if reasons else 'no result'}"


def _reported(result: Result, known: set[str]) -> dict[str, float]:
    """What a table shows of a result: some tables of the paper report fewer metrics than the task has."""
    return {metric: value for metric, value in in_csv_units(result).items() if metric in known}


def in_csv_units(result: Result) -> dict[str, float]:
    """Metrics in percent, parameters in millions, MACs in billions."""
    costs = result.costs
    return dict(result.metrics) | {
        "params_total": costs["params_total"] / _MILLION,
        "params_nonzero": costs["params_nonzero"] / _MILLION,
        "macs_dense": costs["macs_dense"] / _BILLION,
        "macs_nonzero": costs["macs_nonzero"] / _BILLION,
        "macs_official": costs["macs_official"] / _BILLION,
        "sparsity_measured": result.sparsity,
    }


def provenance(item: Plan, runner: Runner, command: str) -> dict[str, Any]:
    """Sidecar of the table: what computed it, on which data, where."""
    steps = item.steps
    root = runner.place.data_root
    data_sets = sorted({step.stage.setting.data for step in steps})
    code = {f"{cell.row} / {cell.role}": origin(runs[0].stage, root).code_id for cell, runs in item.cells.items()}
    facts = [result.provenance for step in steps if (result := runner.stored(step))]
    return {
        **commit(),
        "title": item.table.title,
        "paper_ref": item.table.paper_ref,
        "command": command,
        "recipes": recipes(item.table),
        "code_ids": code,
        "data_ids": {name: data_set(name).data_id(root) for name in data_sets},
        "emptied_layers": emptied(item, runner),
        "device": sorted({fact["device"] for fact in facts}),
        "versions": _merged(fact["versions"] for fact in facts),
    }


def emptied(item: Plan, runner: Runner) -> dict[str, list[str]]:
    """Layers of which a cell's mask keeps nothing in at least one seed: a dead layer can explain a collapse."""
    found = {}
    for address, runs in item.cells.items():
        stored = [run for run in runs if runner.stored(run) is not None]
        names = {name for run in stored for name in emptied_layers(Ticket.load(runner.store.ticket_path(run)).masks)}
        if names:
            found[str(address)] = sorted(names)
    return found


def _merged(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """One version per library; several, if runs were computed with several, separated by commas."""
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        for name, version in mapping.items():
            found.setdefault(name, set()).add(version)
    return {name: ", ".join(sorted(values)) for name, values in sorted(found.items())}
