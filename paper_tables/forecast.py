"""What tables would cost before anything is computed, and without any data: runs, steps, GPU-hours, disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.budgets import compared
from bench.data import data_set
from bench.experiments import Run
from bench.profiles import Profile
from bench.settings import Problem
from paper_tables.listing import Plans
from paper_tables.plan import Plan
from paper_tables.table import Table
from paper_tables.written import WrittenTable
from supertickets.documents.cells import number, text
from supertickets.documents.sheets import Schema, read_sheet

STEP_TIMES = "step-times.csv"
"""Beside a profile's results: seconds that a training step takes, by data set."""

SCHEMA = Schema(
    columns={"data_set": text, "device": text, "step_s": number(0)},
    remedy="measure again, or remove the file",
    key=("data_set",),
)

STATES = 3
"""Multiples of a net's weights in a checkpoint: weights and two moments or averages of them."""

BYTES = 4
"""Of a weight."""


def forecast(
    tables: Iterable[Table | WrittenTable], plans: Plans, profile: Profile, results: Path, jobs: int
) -> list[str]:
    """Lines of text.

    Args:
        tables: those that are meant; plans: of these tables at least.
        results: folder above the profile's, which may have measured steps.
        jobs: runs at a time, of which each has a checkpoint.

    Raises:
        DocumentError: measured steps cannot be read.
    """
    lines = [profile.banner, "", *compared({**profile.settings, **profile.detectors}), ""]
    every: dict[Run, None] = {}
    for table in tables:
        plan = plans[table.name]
        if isinstance(plan, Plan):
            every.update(dict.fromkeys(plan.all_runs))
            lines.append(f"{table.name}: {len(plan.all_runs)} runs, {len(_trainings(plan.all_runs))} of them train")
        else:
            lines.append(f"{table.name}: not available: {plan}")
    trainings = _trainings(every)
    lines.append(f"all: {len(every)} runs, {len(trainings)} of them train; what tables share is counted once")
    return [*lines, "", *_hours(trainings, results / profile.name / STEP_TIMES), *_disk(trainings, jobs)]


def _trainings(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if run.step.epochs]


def _hours(trainings: Sequence[Run], measured: Path) -> list[str]:
    steps: defaultdict[str, int] = defaultdict(int)
    for run in trainings:
        steps[run.step.problem.data] += run.step.epochs * run.step.problem.recipe.steps_per_epoch
    known = {line.values["data_set"]: line for line in read_sheet(measured, SCHEMA)} if measured.is_file() else {}
    lines, hours = [], 0.0
    for data, count in steps.items():
        if (line := known.get(data)) is None:
            lines.append(f"GPU-hours on {data}: not known, no step of it has been measured ({measured}); {count} steps")
            continue
        hours += (own := count * line.values["step_s"] / 3600)
        seconds, device = line.texts["step_s"], line.texts["device"]
        lines.append(f"GPU-hours on {data}: {own:.1f}, {count} steps of {seconds} s each, measured on {device}")
    return [*lines, f"GPU-hours: {hours:.1f}"] if known and len(known.keys() & steps.keys()) == len(steps) else lines


def _disk(trainings: Sequence[Run], jobs: int) -> list[str]:
    problems: Mapping[Problem, None] = dict.fromkeys(run.step.problem for run in trainings)
    weights = {problem: _weights(problem) for problem in problems}
    tickets = sum(weights[run.step.problem] * BYTES for run in trainings)
    checkpoints = jobs * STATES * max(weights.values(), default=0) * BYTES
    data = {problem.data: data_set(problem.data).gigabytes for problem in problems}
    listed = ", ".join(f"{name} {size:g} GB" for name, size in data.items() if size)
    return [
        f"disk: tickets at most {tickets / 1e9:.1f} GB, checkpoints {checkpoints / 1e9:.1f} GB"
        + (f"; data: {listed}" if listed else "")
    ]


def _weights(problem: Problem) -> int:
    return sum(weight.numel() for weight in problem.architecture.build(0).parameters())
