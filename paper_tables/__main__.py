"""Command line of the tables: `python -m paper_tables --table ablation`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.command_line import run_command
from bench.data import DataError
from bench.experiments import Run
from bench.methods import MethodError
from bench.profiles import Profile, ProfileError, profile, profile_names
from bench.runner import Failures, Runner, usable_cores
from bench.stages.compute import Place
from bench.store import Store, StoreError, default_cache
from paper_tables import registry
from paper_tables.collect import records
from paper_tables.exhibits import Exhibit, exhibits
from paper_tables.exhibits.complete import complete
from paper_tables.gather import Plan, outcomes, plan, provenance, seeds_of
from paper_tables.listing import list_tables, pace_of
from paper_tables.records import RecordError, results_path, write
from paper_tables.render import to_markdown, to_terminal
from paper_tables.sidecar import changed_meaning, write_sidecar
from paper_tables.table import Table
from paper_tables.verify import differences, seeds_in
from paper_tables.watch import watcher
from supertickets.files import write_atomically

RESULTS = Path(__file__).parent / "results"
DATA_ROOT_VARIABLE = "SUPERTICKETS_DATA"
MOST_SEEDS = 1000
"""More is a slip of the hand: listing them alone would take minutes."""


class UsageError(ValueError):
    """Arguments that make no sense; the message says what to give instead."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute tables and write them to `<results>/<profile>/`.

    Returns:
        0 when every cell was measured (with `--check`: and equals the stored CSV); 1 when runs failed or the CSV
        differs; 2 for arguments, data or folders that cannot be used; 130 after an interrupt.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    known, shown = registry.tables(), exhibits()
    try:
        chosen = profile(options.profile)
        seeds = _seeds(options.seeds)
        place = Place(default_cache(), _data_root(options.data_root), _device(options.device))
        jobs = _jobs(options.jobs)
        if not (options.list or options.check):
            _writable(options.results)
        watch = watcher()
        store = Store(place.cache, watch.say)
        runner = Runner(place, store, jobs, watch)
        named = [options.table] if options.table else [*known, *shown]
        selected = [known[name] for name in named if name in known]
        exhibited = [shown[name] for name in named if name in shown]
        if options.list:
            pace = pace_of(known.values(), shown.values(), chosen, store)
            list_tables(selected, exhibited, chosen, seeds, runner, pace)
            return 0
        if not options.table and not options.all:
            raise UsageError(
                f"say which table: --table {' | '.join([*known, *shown])}, or --all; --list shows what each needs"
            )
        if chosen.unavailable:
            raise ProfileError(chosen.unavailable)
        stored = options.results if options.check else None
        plans = _plans(selected, chosen, seeds, stored, watch.say) if selected else []
        _check_data(plans, place)
        if options.check:
            _check_stored(plans, options.results)
        else:
            _check_versions(plans, options.results, watch.say)
        command = shlex.join(["python", "-m", "paper_tables", *given])
        units = [Unit(item.runs, partial(_finish, item, runner, options, command)) for item in plans]
        for exhibit, runs in _exhibited(exhibited, chosen, options.table is not None, watch.say):
            units.append(
                Unit(runs, partial(complete, exhibit, runs, chosen, runner, options.results, options.check, command))
            )
        codes = [0]

        def settled(number: int, failures: Failures) -> None:
            try:
                codes.append(units[number].finish(failures))
            except RecordError as error:  # the other tables go on
                print(f"error: {error}", file=sys.stderr)
                codes.append(1)

        runner.run([unit.runs for unit in units], settled)
    except RecordError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (DataError, MethodError, ProfileError, StoreError, UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last finished epochs", file=sys.stderr)
        return 130
    return max(codes)


@dataclass(frozen=True)
class Unit:
    """A table or an exhibit: what it needs, and what is done as soon as that is there; returns an exit code."""

    runs: Sequence[Run]
    finish: Callable[[Failures], int]


def _finish(item: Plan, runner: Runner, options: argparse.Namespace, command: str, failures: Failures) -> int:
    """Write or check one table; returns its share of the exit code."""
    from rich.console import Console

    table: Table = item.table
    own = {run: failures[run] for run in item.steps if run in failures}
    found = records(table, outcomes(item, runner, own), item.profile.name)
    console = Console() if sys.stdout.isatty() else Console(width=100)
    to_terminal(table, found, console)
    for run, failure in own.items():
        print(f"failed: {run.label}: {failure.reason.splitlines()[0]}", file=sys.stderr)
    path = results_path(options.results, item.profile.name, table.file_name)
    if options.check:
        lines = differences(path, found)
        print("\n".join(lines) if lines else f"{path} is what the present code and data give, byte for byte")
        return 1 if lines or own else 0
    if own and path.is_file():
        print(f"kept {path} as it was, because runs failed", file=sys.stderr)
        return 1
    write(path, found)
    write_sidecar(path, provenance(item, runner, command))
    write_atomically(path.with_suffix(".md"), to_markdown(table, found).encode())
    print(f"wrote {path}, .json and .md")
    return 1 if own else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m paper_tables",
        description="Regenerate the paper's tables. Finished runs are reused; an interrupted command resumes.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--table", choices=[*registry.tables(), *exhibits()], help="this table or exhibit")
    which.add_argument("--all", action="store_true", help="every table and exhibit")
    parser.add_argument("--profile", default="embedded", choices=profile_names(), help="scale of the runs")
    parser.add_argument(
        "--seeds", type=int, help="number of seeds, 0 .. n-1 (default: 1 for curves, else the profile's)"
    )
    parser.add_argument("--data-root", type=Path, help=f"folder with the data sets (default: ${DATA_ROOT_VARIABLE})")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--jobs", type=int, help="runs at a time (default: one per core, one thread each)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for <profile>/<table>.v<N>.csv")
    parser.add_argument("--check", action="store_true", help="compare with the stored CSV instead of writing it")
    parser.add_argument("--list", action="store_true", help="show what each table needs, what is stored, time left")
    return parser


def _seeds(count: int | None) -> int | None:
    if count is not None and not 1 <= count <= MOST_SEEDS:
        raise UsageError(f"--seeds {count}: give the number of seeds, 1 to {MOST_SEEDS}")
    return count


def _jobs(count: int | None) -> int:
    if count is not None and count < 1:
        raise UsageError(f"--jobs {count}: give the number of processes, at least 1")
    return count or usable_cores()


def _data_root(option: Path | None) -> Path | None:
    root = option or (Path(os.environ[DATA_ROOT_VARIABLE]) if os.environ.get(DATA_ROOT_VARIABLE) else None)
    return root.expanduser().resolve() if root else None


def _device(name: str) -> str:
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(name).type
    except RuntimeError as error:
        raise UsageError(f"--device {name}: give auto, cpu, cuda or cuda:N") from error
    if kind not in ("cpu", "cuda"):
        raise UsageError(f"--device {name}: give auto, cpu, cuda or cuda:N")
    if kind == "cuda":
        index = torch.device(name).index or 0
        if not torch.cuda.is_available():
            raise UsageError(f"--device {name}: torch {torch.__version__} finds no CUDA device; use --device cpu")
        if index >= torch.cuda.device_count():
            raise UsageError(f"--device {name}: there are {torch.cuda.device_count()} CUDA devices, counted from 0")
    return name


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"--results {folder}: cannot be written ({error.strerror}); name another folder") from error


def _plans(
    selected: Sequence[Table], chosen: Profile, seeds: int | None, stored: Path | None, say: Callable[[str], None]
) -> list[Plan]:
    """Plan every table; of several, those for which the profile has no data at all are skipped with a message.

    Args:
        stored: results to compare with; a table then has as many seeds as its CSV there, unless `seeds` says otherwise.
    """
    plans: list[Plan] = []
    refused: list[ProfileError] = []
    for table in selected:
        there = seeds_in(results_path(stored, chosen.name, table.file_name)) if stored else 0
        try:
            plans.append(plan(table, chosen, seeds_of(table, chosen, seeds or there or None)))
        except ProfileError as error:
            refused.append(error)
    if not plans:
        raise refused[0]
    for reason in refused:
        say(f"skipped: {reason}")
    return plans


def _exhibited(
    selected: Sequence[Exhibit], chosen: Profile, named: bool, say: Callable[[str], None]
) -> Iterator[tuple[Exhibit, Sequence[Run]]]:
    """Every exhibit with its runs; one for which the profile has no data is skipped with a message unless `named`."""
    for exhibit in selected:
        try:
            yield exhibit, exhibit.runs(chosen)
        except ProfileError as error:
            if named:
                raise
            say(f"skipped: {exhibit.name}: {error}")


def _check_versions(plans: Sequence[Plan], results: Path, say: Callable[[str], None]) -> None:
    """Refuse to overwrite a version that means something else; tell of seeds that will be gone."""
    for item in plans:
        path = results_path(results, item.profile.name, item.table.file_name)
        if complaint := changed_meaning(item.table, path):
            raise UsageError(complaint)
        if (stored := seeds_in(path)) > len(item.seeds):
            say(f"{path}: has {stored} seeds and will have {len(item.seeds)}; --seeds {stored} keeps them")


def _check_stored(plans: Sequence[Plan], results: Path) -> None:
    for item in plans:
        path = results_path(results, item.profile.name, item.table.file_name)
        if not path.is_file():
            raise UsageError(f"{path} does not exist, so there is nothing to compare with: run without --check")


def _check_data(plans: Sequence[Plan], place: Place) -> None:
    from bench.data import data_set

    for name in sorted({step.stage.setting.data for item in plans for step in item.steps}):
        data_set(name).check(place.data_root)


if __name__ == "__main__":
    run_command(main)
