"""What every table needs, what of it is stored, and how long the rest would take."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.data import DataError
from bench.experiments import Run, lineage
from bench.profiles import Profile, ProfileError
from bench.runner import Runner, work
from paper_tables.gather import plan
from paper_tables.table import Table


def list_tables(tables: Sequence[Table], profile: Profile, seeds: tuple[int, ...], runner: Runner) -> None:
    """Print one block per table: runs needed and stored, time left where stored runs allow an estimate."""
    print(f"profile {profile.name}: {profile.what}")
    if profile.unavailable:
        print(f"cannot be run: {profile.unavailable}")
    for table in tables:
        print(f"\n{table.name} v{table.version} ({table.paper_ref}): {table.title}")
        try:
            wanted = plan(table, profile, seeds).runs
        except ProfileError as error:
            print(f"  not available: {error}")
            continue
        steps = list(dict.fromkeys(Run(stage, run.seed) for run in wanted for stage in lineage(run.stage)))
        print(f"  {len(table.rows)} rows, {len(table.roles)} data sets, {len(seeds)} seeds: {len(steps)} runs")
        for step in steps:
            if step.seed == seeds[0]:
                print(f"    {step.id}  {step.label.rpartition(', seed')[0]}, {step.stage.epochs} epochs")
        if profile.unavailable:
            continue
        try:
            done = {step: result for step in steps if (result := runner.stored(step)) is not None}
        except DataError as error:
            print(f"  data: {error}")
            continue
        left = sum(work(step) for step in steps if step not in done)
        line = f"  stored: {len(done)} of {len(steps)} runs"
        if left and done:
            pace = sum(result.seconds for result in done.values()) / sum(work(step) for step in done)
            line += f"; about {left * pace / runner.jobs / 60:.0f} min left with {runner.jobs} jobs"
        elif left:
            line += "; no run is stored yet, so there is no estimate of the time"
        print(line)
    sys.stdout.flush()
