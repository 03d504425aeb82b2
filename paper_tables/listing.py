"""What every table needs, what of it is stored, and how long the rest would take."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from bench.data import DataError
from bench.experiments import Run
from bench.profiles import Profile, ProfileError
from bench.runner import Runner, work
from bench.store import Result
from paper_tables.exhibits import Exhibit
from paper_tables.gather import Plan, ancestry, plan
from paper_tables.table import Table


def list_tables(
    tables: Sequence[Table], exhibits: Sequence[Exhibit], profile: Profile, seeds: tuple[int, ...], runner: Runner
) -> None:
    """Print one block per table and exhibit, and the sum of all without counting a shared run twice.

    A block has the runs that are needed and stored, and the time left where stored runs allow an estimate; with one
    table it names every run.
    """
    print(f"profile {profile.name}: {profile.what}")
    if profile.unavailable:
        print(f"cannot be run: {profile.unavailable}")
    plans: dict[str, Plan | str] = {}
    for table in tables:
        try:
            plans[table.name] = plan(table, profile, seeds)
        except ProfileError as error:
            plans[table.name] = str(error)
    every = list(dict.fromkeys(step for item in plans.values() if isinstance(item, Plan) for step in item.steps))
    try:
        done = {} if profile.unavailable else _stored(every, runner)
    except DataError as error:
        print(f"data: {error}")
        done = {}
    counted: set[Run] = set()
    for table in tables:
        item = plans[table.name]
        print(f"\n{table.name} v{table.version} ({table.paper_ref}): {table.title}")
        if isinstance(item, str):
            print(f"  not available: {item}")
            continue
        new = [step for step in item.steps if step not in counted]
        counted |= set(new)
        shared = f", {len(item.steps) - len(new)} of them shared with tables above" if len(tables) > 1 else ""
        print(f"  {len(item.cells)} cells, {len(seeds)} seeds: {len(item.steps)} runs{shared}")
        for reason in dict.fromkeys(item.unavailable.values()):
            print(f"  without {sum(why == reason for why in item.unavailable.values())} cells: {reason}")
        if len(tables) == 1:
            _name_runs(item, seeds[0])
        if not profile.unavailable:
            print(f"  {_progress(item.steps, done, runner.jobs)}")
    for exhibit in exhibits:
        print(f"\n{exhibit.name} v{exhibit.version} ({exhibit.paper_ref}): {exhibit.title}")
        try:
            steps = list(dict.fromkeys(step for run in exhibit.runs(profile) for step in ancestry(run)))
        except ProfileError as error:
            print(f"  not available: {error}")
            continue
        every = list(dict.fromkeys([*every, *steps]))
        if not profile.unavailable:
            done = {**done, **_stored([step for step in steps if step not in done], runner)}
            print(f"  seed 0 of {len(steps)} runs")
            print(f"  {_progress(steps, done, runner.jobs)}")
    if len(tables) > 1 and not profile.unavailable:
        print(f"\nall: {len(every)} runs, each counted once; {_progress(every, done, runner.jobs)}")
    sys.stdout.flush()


def _stored(steps: Sequence[Run], runner: Runner) -> Mapping[Run, Result]:
    return {step: result for step in steps if (result := runner.stored(step)) is not None}


def _name_runs(item: Plan, seed: int) -> None:
    for step in item.steps:
        if step.seed == seed:
            print(f"    {step.id}  {step.label.rpartition(', seed')[0]}, {step.stage.epochs} epochs")


def _progress(steps: Sequence[Run], done: Mapping[Run, Result], jobs: int) -> str:
    line = f"stored: {sum(step in done for step in steps)} of {len(steps)} runs"
    left = sum(work(step) for step in steps if step not in done)
    if left and done:
        pace = sum(result.seconds for result in done.values()) / sum(work(step) for step in done)
        line += f"; about {left * pace / jobs / 60:.0f} min left with {jobs} jobs"
    elif left:
        line += "; no run is stored yet, so there is no estimate of the time"
    return line
