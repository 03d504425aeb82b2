"""From a table to the runs it needs, and from stored results back to the table's outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.experiments import Run, lineage
from bench.methods import Cell, stage_for
from bench.profiles import Profile
from bench.provenance import commit
from bench.runner import Failure, Runner
from bench.stages.compute import origin
from bench.store import Result
from paper_tables.collect import Outcome
from paper_tables.table import Table
from supertickets.masks import emptied_layers
from supertickets.ticket import Ticket

_MILLION, _BILLION = 1e6, 1e9


@dataclass(frozen=True)
class Plan:
    """A table at one scale: which run fills which cell.

    Attributes:
        cells: (row key, role name) -> one run per seed.
    """

    table: Table
    profile: Profile
    seeds: tuple[int, ...]
    cells: Mapping[tuple[str, str], tuple[Run, ...]]

    @property
    def runs(self) -> list[Run]:
        """Every run once, in the table's order with all rows of a seed together, so that early results span rows."""
        ordered = [runs[i] for i in range(len(self.seeds)) for runs in self.cells.values()]
        return list(dict.fromkeys(ordered))


def plan(table: Table, profile: Profile, seeds: tuple[int, ...]) -> Plan:
    """Describe every run of a table.

    Raises:
        MethodError, ProfileError: for a row or a data set the project cannot compute.
    """
    cells = {}
    for role in table.roles:
        setting = profile.setting(role.name)
        for row in table.rows:
            stage = stage_for(row.recipe, Cell(setting, round(100 * role.sparsity)))
            cells[row.key, role.name] = tuple(Run(stage, seed) for seed in seeds)
    return Plan(table, profile, seeds, cells)


def outcomes(item: Plan, runner: Runner, failures: Mapping[Run, Failure]) -> dict[tuple[str, str], Outcome]:
    """What came of every cell; a cell with a failed seed is not averaged over the others but says so."""
    found = {}
    for (row, role_name), runs in item.cells.items():
        role = item.table.role(role_name)
        stage = runs[0].stage
        results = {run.seed: runner.stored(run) for run in runs}
        lost = [run for run in runs if results[run.seed] is None]
        reason = None
        if lost:
            failure = failures.get(lost[0])
            reason = f"seed {lost[0].seed}: {failure.reason.splitlines()[0] if failure else 'no result'}"
        found[row, role_name] = Outcome(
            data_set=stage.setting.data,
            task=role.task,
            sparsity=stage.sparsity / 100,
            experiment_id=runs[0].id,
            by_seed={} if lost else {seed: in_csv_units(result) for seed, result in results.items() if result},
            not_run=reason,
        )
    return found


def in_csv_units(result: Result) -> dict[str, float]:
    """Metrics in percent, parameters in millions, MACs in billions."""
    costs = result.costs
    return dict(result.metrics) | {
        "params_total": costs["params_total"] / _MILLION,
        "params_nonzero": costs["params_nonzero"] / _MILLION,
        "macs_dense": costs["macs_dense"] / _BILLION,
        "macs_nonzero": costs["macs_nonzero"] / _BILLION,
        "sparsity_measured": result.sparsity,
    }


def provenance(item: Plan, runner: Runner, command: str) -> dict[str, Any]:
    """Sidecar of the table: what computed it, on which data, where."""
    origins = {run.stage.setting.data: asdict(origin(run.stage, runner.place.data_root)) for run in item.runs}
    stages = {step.id: step for run in item.runs for step in (Run(stage, run.seed) for stage in lineage(run.stage))}
    facts = [result.provenance for step in stages.values() if (result := runner.stored(step))]
    return {
        **commit(),
        "command": command,
        "code_ids": {name: value["code_id"] for name, value in sorted(origins.items())},
        "data_ids": {name: value["data_id"] for name, value in sorted(origins.items())},
        "emptied_layers": emptied(item, runner),
        "device": sorted({fact["device"] for fact in facts}),
        "versions": _merged(fact["versions"] for fact in facts),
    }


def emptied(item: Plan, runner: Runner) -> dict[str, list[str]]:
    """Layers of which a cell's mask keeps nothing in at least one seed: a dead layer can explain a collapse."""
    found = {}
    for (row, role), runs in item.cells.items():
        stored = [run for run in runs if runner.stored(run) is not None]
        names = {name for run in stored for name in emptied_layers(Ticket.load(runner.store.ticket_path(run)).masks)}
        if names:
            found[f"{row} / {role}"] = sorted(names)
    return found


def _merged(mappings: Any) -> dict[str, str]:
    """One version per library; several, if runs were computed with several, separated by commas."""
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        for name, version in mapping.items():
            found.setdefault(name, set()).add(version)
    return {name: ", ".join(sorted(values)) for name, values in sorted(found.items())}
