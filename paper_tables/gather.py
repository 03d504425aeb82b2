"""From stored results back to the outcomes of a table's cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bench.experiments import Run
from bench.runner import Failure, Runner
from bench.store import Result
from paper_tables.collect import Outcome
from paper_tables.plan import ancestry
from paper_tables.records import NOT_RUN
from paper_tables.table import Address
from supertickets.masks import emptied_layers
from supertickets.ticket import Ticket

if TYPE_CHECKING:
    from paper_tables.measured import MeasuredPlan

_MILLION, _BILLION = 1e6, 1e9


def outcomes(item: MeasuredPlan, runner: Runner, failures: Mapping[Run, Failure]) -> dict[Address, Outcome]:
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


def emptied(cells: Mapping[Address, Sequence[Run]], runner: Runner) -> dict[str, list[str]]:
    """Layers of which a cell's mask keeps nothing in at least one seed: a dead layer can explain a collapse."""
    found = {}
    for address, runs in cells.items():
        stored = [run for run in runs if runner.stored(run) is not None]
        names = {name for run in stored for name in emptied_layers(Ticket.load(runner.store.ticket_path(run)).masks)}
        if names:
            found[str(address)] = sorted(names)
    return found
