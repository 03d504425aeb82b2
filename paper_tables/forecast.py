"""What tables would cost before anything is computed, and without any data: runs, steps, hours of a device, disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.budgets import compared
from bench.data import data_set
from bench.experiments import Run
from bench.profiles import Profile
from bench.settings import Problem
from bench.step_times import StepTime, read_step_times
from paper_tables.listing import Plans
from paper_tables.plan import Plan
from paper_tables.table import Table
from paper_tables.written import WrittenTable
from supertickets.computing import Precision

STATES = 3
"""Multiples of a net's weights in a checkpoint: weights and two moments or averages of them."""

BYTES = 4
"""Of a weight."""

Kind = tuple[str, str, str]
"""Data set, image size and batch of training steps that take equally long: as `StepTime` has them."""


def forecast(
    tables: Iterable[Table | WrittenTable],
    plans: Plans,
    profile: Profile,
    results: Path,
    jobs: int,
    precision: Precision = "float32",
) -> list[str]:
    """Lines of text.

    Args:
        tables: those that are meant; plans: of these tables at least.
        results: folder above the profile's, which may have steps measured on devices.
        jobs: runs at a time, of which each has a checkpoint.
        precision: of training steps.

    Raises:
        DocumentError: measured steps cannot be read.
    """
    lines = [profile.banner, "", *compared(profile), ""]
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
    return [*lines, "", *_hours(trainings, read_step_times(results), precision), *_disk(trainings, jobs)]


def _trainings(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if run.step.epochs]


def _hours(trainings: Sequence[Run], measured: Sequence[StepTime], precision: Precision) -> list[str]:
    """By device, the hours that trainings on each data set take, and their sum where all of them are known."""
    steps: defaultdict[Kind, int] = defaultdict(int)
    for run in trainings:
        recipe = run.step.problem.recipe
        kind = run.step.problem.data, "x".join(map(str, recipe.image_size)), str(recipe.batch_size)
        steps[kind] += run.step.epochs * recipe.steps_per_epoch
    usable = [each for each in measured if (each.precision, each.compiled) == (precision, "no")]
    lines = []
    for device in dict.fromkeys(each.device for each in usable):
        times = {kind: _time_of(kind, [each for each in usable if each.device == device]) for kind in steps}
        known = {kind: found for kind, found in times.items() if found is not None}
        hours = {kind: steps[kind] * float(found.step_s) / 3600 for kind, found in known.items()}
        lines += [
            f"hours on {_where(kind)}: {hours[kind]:.1f}, {steps[kind]} steps of {_in_words(found)}"
            for kind, found in known.items()
        ]
        if len(known) == len(steps):
            lines.append(f"hours of {device}: {sum(hours.values()):.1f} in all, one run at a time")
    return lines + [
        f"hours on {_where(kind)}: not known, no step of it has been measured in {precision} (docs/SCALE.md); "
        f"{count} steps"
        for kind, count in steps.items()
        if _time_of(kind, usable) is None
    ]


def _where(kind: Kind) -> str:
    data_set, image_size, batch = kind
    return f"{data_set} at {image_size} in batches of {batch}"


def _time_of(kind: Kind, measured: Sequence[StepTime]) -> StepTime | None:
    """What was measured of such steps: with pictures that are decoded meanwhile, rather than without."""
    found = [each for each in measured if (each.data_set, each.image_size, each.batch) == kind]
    return min(found, key=lambda each: each.data != "streamed", default=None)


def _in_words(time: StepTime) -> str:
    waiting = f", {float(time.waiting_share):.0%} of it waiting for pictures" if time.data == "streamed" else ""
    return f"{float(time.step_s):.3g} s each{waiting}, measured on {time.device}"


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
