"""Command line of the tables: `python -m paper_tables --table ablation`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from bench.data import DataError
from bench.engines.local import LocalProcesses
from bench.methods import MethodError
from bench.profiles import ProfileError, profile
from bench.runner import Failures, Runner
from bench.store import Store, StoreError
from paper_tables import registry
from paper_tables.arguments import check, parser
from paper_tables.listing import list_tables, paces
from paper_tables.plan import Output, Plan
from paper_tables.planning import UsageError, check_data, check_replacing, check_stored, plan_all
from paper_tables.records import RecordError
from paper_tables.watch import watcher
from supertickets.command_line import run_command
from supertickets.documents.texts import DocumentError

AFTER_STOP = "the same command goes on from the last finished epochs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute tables and write them to `<results>/<profile>/`.

    Returns:
        0 when every cell was measured (with `--check`: and equals the stored CSV); 1 when runs failed, a table could
        not be written or the CSV differs; 2 for arguments, data or folders that cannot be used.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    known = registry.every()
    options = parser(known).parse_args(given)
    try:
        chosen = profile(options.profile)
        environment, jobs = check(options)
        watch = watcher()
        runner = Runner(Store(environment, watch.say), lambda: LocalProcesses(environment, jobs), watch)
        selected = [known[options.table]] if options.table else list(known.values())
        if options.list:
            list_tables(selected, chosen, options.seeds, runner, paces(known.values(), chosen, runner.store), jobs)
            return 0
        if not options.table and not options.all:
            raise UsageError(f"say which table: --table {' | '.join(known)}, or --all; --list shows what each needs")
        if chosen.unavailable:
            raise ProfileError(chosen.unavailable)
        stored = options.results if options.check else None
        plans = plan_all(selected, chosen, options.seeds, stored, watch.say)
        check_data(plans, environment.data_root)
        if options.check:
            check_stored(plans, options.results)
        else:
            check_replacing(plans, options.results, watch.say)
        output = Output(options.results, options.check, shlex.join(["python", "-m", "paper_tables", *given]))
        return _compute(plans, runner, output)
    except RecordError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (DataError, DocumentError, MethodError, ProfileError, StoreError, UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _compute(plans: Sequence[Plan], runner: Runner, output: Output) -> int:
    """Compute all runs, finishing every table as soon as its own are over; returns the exit code."""
    codes = [0]

    def on_complete(number: int, failures: Failures) -> None:
        try:
            codes.append(plans[number].finish(runner, failures, output))
        except (DocumentError, RecordError) as error:  # the other tables go on
            print(f"error: {error}", file=sys.stderr)
            codes.append(1)
        except OSError as error:
            place = plans[number].path(output.results)
            print(f"error: {place}: {error.strerror or error}; its runs are stored: run it again", file=sys.stderr)
            codes.append(1)

    runner.run([item.runs for item in plans], on_complete)
    return max(codes)


if __name__ == "__main__":
    run_command(main, AFTER_STOP)
