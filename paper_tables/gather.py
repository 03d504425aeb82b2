"""From stored results back to the outcomes of a table's cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.experiments import Run, lineage
from bench.runner import Failures, Runner
from bench.store import Result
from paper_tables.collect import Outcome
from paper_tables.metrics import costs_in_csv_units
from paper_tables.records import NOT_RUN
from paper_tables.table import Address

if TYPE_CHECKING:
    from paper_tables.measured import MeasuredPlan


def outcomes(item: MeasuredPlan, runner: Runner, failures: Failures) -> dict[Address, Outcome]:
    """What came of every cell; a cell with a failed seed is not averaged over the others but says so."""
    found = {}
    for row, column in item.table.cells():
        address = column.at(row)
        if address in item.unavailable:
            found[address] = Outcome(NOT_RUN, column.task, NOT_RUN, not_run=item.unavailable[address])
        if address not in item.cells:
            continue
        found_runs = item.cells[address]
        results = {run: runner.stored(run) for one in found_runs for run in (one.scores, one.costs)}
        lost = [run for run, result in results.items() if result is None]
        scores = found_runs[0].scores
        known = {metric.key for metric in item.table.metrics(column)}
        found[address] = Outcome(
            data_set=scores.step.problem.data,
            task=scores.step.problem.task.name,
            experiment_id=scores.id,
            by_seed={}
            if lost
            else {one.scores.seed: _reported(results[one.scores], results[one.costs], known) for one in found_runs},
            not_run=_why(lost[0], failures) if lost else None,
        )
    return found


def _why(run: Run, failures: Failures) -> str:
    """Why a run has no result: its own failure, or that of a run it builds on."""
    reasons = [failures[one].splitlines()[0] for one in lineage(run) if one in failures]
    return f"seed {run.seed}: {reasons[-1] if reasons else 'no result'}"


def _reported(scores: Result | None, costs: Result | None, known: set[str]) -> dict[str, float]:
    """What a table shows of its results: some tables of the paper report fewer metrics than the task has."""
    assert scores is not None and costs is not None, "lost runs are reported as such"
    counted = costs_in_csv_units(costs.numbers | {"sparsity_measured": costs.numbers["sparsity_percent"]})
    return {metric: value for metric, value in {**scores.numbers, **counted}.items() if metric in known}
