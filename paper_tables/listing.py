"""What every table needs, what of it is stored, and how long the rest would take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from bench.data import DataError, data_set
from bench.experiments import Run, lineage
from bench.profiles import Profile, ProfileError
from bench.runner import Runner
from bench.store import Store
from bench.time_left import Paces, in_words, paces_of, time_of
from paper_tables.plan import Plan
from paper_tables.planning import plan_one
from paper_tables.registry import every as every_table
from paper_tables.table import Table
from paper_tables.written import WrittenTable
from supertickets.terminal import say

ROOT = Path(__file__).parents[1]

Plans = Mapping[str, Plan | str]
"""Table name -> its plan, or why the profile has none."""


def list_tables(
    tables: Sequence[Table | WrittenTable],
    plans: Plans,
    profile: Profile,
    runner: Runner,
    known: Callable[[], Paces],
    jobs: int,
) -> None:
    """Print, as wide as the terminal, one block per table, and the sum of all without counting a shared run twice.

    A block has the runs that are needed and stored, the figure that is drawn from it, and the time left where that
    is known; with one table it names every run.

    Args:
        plans: see `plans_of`; of these tables at least.
        jobs: runs at a time.
        known: what runs have taken, see `paces`; asked when a run is not stored.
    """
    say(profile.banner)
    if profile.unavailable:
        say(f"cannot be run: {profile.unavailable}")
    shown = [plans[table.name] for table in tables]
    every = dict.fromkeys(run for item in shown if isinstance(item, Plan) for run in item.all_runs)
    done = frozenset[Run]() if profile.unavailable else _stored(every, runner)
    taken = Paces() if profile.unavailable or done.issuperset(every) else known()
    counted: set[Run] = set()
    for table in tables:
        item = plans[table.name]
        _head(table)
        if isinstance(item, str):
            say(f"  not available: {item}")
            continue
        runs = item.all_runs
        if not runs:
            say("  needs no run")
            continue
        shared = f", {len(counted.intersection(runs))} of them shared with tables above" if len(tables) > 1 else ""
        counted.update(runs)
        say(f"  {item.size}: {len(runs)} runs{shared}")
        for reason in dict.fromkeys(item.unavailable.values()):
            say(f"  without {sum(why == reason for why in item.unavailable.values())} cells: {reason}")
        if len(tables) == 1:
            _name_runs(runs)
        if not profile.unavailable:
            say(f"  {_progress(runs, done, taken, jobs)}")
    if len(tables) > 1 and not profile.unavailable:
        say(f"\nall: {len(every)} runs, each counted once; {_progress(every, done, taken, jobs)}")
    sys.stdout.flush()


def plans_of(tables: Iterable[Table | WrittenTable], profile: Profile, seeds: int | None) -> Plans:
    """Every table's plan, or why the profile has none.

    Args:
        seeds: how many, for all measured tables; None for each table's own default.
    """
    return {table.name: _plan(table, profile, seeds) for table in tables}


def paces(plans: Plans, store: Store) -> Paces:
    """What all stored runs that a table needs have taken."""
    return paces_of((run for item in plans.values() if isinstance(item, Plan) for run in item.all_runs), store)


def _plan(table: Table | WrittenTable, profile: Profile, seeds: int | None) -> Plan | str:
    try:
        return plan_one(table, profile, seeds)
    except ProfileError as error:
        return str(error)


def _stored(runs: Iterable[Run], runner: Runner) -> frozenset[Run]:
    """The runs that have a result, which is checked when it is used.

    Says once which data are not there to tell whether a run on them still holds.
    """
    uses = {run: {step.problem.data for step in lineage(run.step)} for run in runs}
    lacking: dict[str, DataError] = {}
    for name in dict.fromkeys(name for names in uses.values() for name in names):
        try:
            data_set(name).data_id(runner.store.environment.data_root)
        except DataError as error:
            lacking[name] = error
    if lacking:
        say(f"data missing: runs on {', '.join(sorted(lacking))} count as not stored; {min(lacking.items())[1]}")
    return frozenset(run for run, names in uses.items() if lacking.keys().isdisjoint(names) and runner.has(run))


def _head(shown: Table | WrittenTable) -> None:
    say(f"\n{shown.name} v{shown.version} ({shown.paper_ref}): {shown.title}")
    for module in _figures(shown.name):
        say(f"  figure: {module}")


def _figures(table: str) -> list[Path]:
    """Modules with the table's name, or with a name that goes on from it and from no other table's.

    That is how figures are called; nothing here knows more of them, as they are drawn from results alone.
    """

    def own(module: str) -> bool:
        return module == table or (module.startswith(f"{table}-") and module not in every_table())

    found = (path for path in (ROOT / "figures").glob("*.py") if own(path.stem.replace("_", "-")))
    return sorted(path.relative_to(ROOT) for path in found)


def _name_runs(runs: Sequence[Run]) -> None:
    for run in runs:
        if run.seed == runs[0].seed:
            say(f"    {run.id}  {run.label.rpartition(', seed')[0]}, {run.step.epochs} epochs")


def _progress(runs: Collection[Run], done: frozenset[Run], taken: Paces, jobs: int) -> str:
    missing = [run for run in runs if run not in done]
    line = f"stored: {len(runs) - len(missing)} of {len(runs)} runs"
    if not missing:
        return line
    if (seconds := time_of(dict.fromkeys(missing, 1.0), jobs, taken.known())) is None:
        return f"{line}; too few are stored to tell how long the others take"
    return f"{line}; {in_words(seconds)} left with {jobs} jobs"
