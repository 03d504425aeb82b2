"""What the command of the tables does once its arguments are known."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence

from bench.data import DataError
from bench.engines import Asked, Engine, EngineError, engines
from bench.methods import MethodError
from bench.profiles import ProfileError, profile
from bench.runner import Failures, Runner
from bench.store import Store, StoreError
from paper_tables import registry
from paper_tables.environment import environment_of
from paper_tables.forecast import forecast
from paper_tables.listing import list_tables, paces, plans_of
from paper_tables.plan import Output, Plan
from paper_tables.planning import check_data, check_replacing, check_stored, plan_all
from paper_tables.records import RecordError
from paper_tables.usage import UsageError
from paper_tables.watch import watcher
from supertickets.documents.texts import DocumentError


def carry_out(options: argparse.Namespace, given: Sequence[str], engine: Engine | None = None) -> int:
    """List, compute or compare tables; returns the exit code.

    Args:
        options: what was given, parsed.
        given: the same as it was typed, which results name as their command.
        engine: what computes; None for the one that is named.
    """
    watch = watcher()
    try:
        chosen = profile(options.profile)
        known = registry.every()
        environment = environment_of(options)
        store = Store(environment, watch.say)
        asked = Asked(options.jobs_at_most, options.address, options.gpus or 0.0, options.ray_resource)
        runner = Runner(store, lambda: engine or engines()[options.engine](environment, asked), watch)
        selected = [known[options.table]] if options.table else list(known.values())
        if options.plan:
            plans_of_all = plans_of(selected, chosen, options.seeds)
            print("\n".join(forecast(selected, plans_of_all, chosen, options.out, options.jobs, options.precision)))
            return 0
        if options.list:
            plans_of_all = plans_of(known.values(), chosen, options.seeds)
            list_tables(selected, plans_of_all, chosen, runner, lambda: paces(plans_of_all, runner.store), options.jobs)
            return 0
        if chosen.unavailable:
            raise ProfileError(chosen.unavailable)
        plans = plan_all(selected, chosen, options.seeds, options.out if options.check else None, watch.warn)
        check_data(plans, environment.data_root)
        if options.check:
            check_stored(plans, options.out)
        else:
            check_replacing(plans, options.out, watch.warn)
        output = Output(options.out, options.check, shlex.join(["python", "-m", "paper_tables", *given]))
        return _compute(plans, runner, output)
    except (EngineError, RecordError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (DataError, DocumentError, MethodError, ProfileError, StoreError, UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        watch.close()


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
