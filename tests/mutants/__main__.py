"""Command line: `python -m tests.mutants --sample 300`; interrupted, the same command goes on where it was."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.mutants.covering import covering, keep, stored, trace
from tests.mutants.equivalent import load
from tests.mutants.operators import Mutant, mutants
from tests.mutants.running import BROKEN, Pool, attempt, finish

ROOT = Path(__file__).parents[2]
WHERE = (
    "supertickets", "paper_tables/claims", "paper_tables/statistics.py", "paper_tables/records.py", "bench/store.py",
    "bench/stored.py", "bench/ownership.py", "bench/tidying.py", "bench/cache_folder.py", "bench/accelerator",
)  # fmt: skip
"""What has to be held by its tests: the core, what claims rest on, the store, the simulator."""
TESTS = (
    "tests/claims", "tests/contracts", "tests/golden", "tests/oracles", "tests/properties", "tests/reports",
    "tests/end_to_end/test_cost_command.py", "tests/end_to_end/test_own_tickets.py",
)  # fmt: skip
"""Tests that run in this process. Most end-to-end tests start commands, which would not see a fault; the two files named
here call them, for costs of nets and for tickets of own data, and are quick enough."""
PRELOADED = (
    "hypothesis.extra.numpy", "pandas", "PIL.Image", "pycocotools.mask", "safetensors.torch", "scipy.stats", "torch",
    "torch.utils.flop_counter",
)  # fmt: skip
"""Imported once, before anything is forked; the last one takes seconds."""
KILLED, SURVIVED, UNCOVERED, EQUIVALENT, UNTRIED = "killed", "survived", "not covered", "equivalent", "not tried"


def main(arguments: Sequence[str] | None = None) -> int:
    """Put faults into the code and tell which survive; returns 1 when the rate of the killed is below the one asked."""
    options = _parser().parse_args(arguments)
    files = [file for name in options.tests for file in _python_files(name, "test_*.py")]
    traces = _traces(files, options.cache, options.jobs)
    every = [
        mutant
        for name in options.where
        for path in _python_files(name, "*.py")
        if not path.name.startswith("test_") and path.name != "__main__.py"
        for mutant in mutants(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    size = len(every) if options.sample is None else min(options.sample, len(every))
    chosen = random.Random(options.seed).sample(every, size)
    print(f"{len(every)} mutants, {len(chosen)} of them chosen, {len(files)} test files", flush=True)
    return _report(_judge(chosen, traces, options), options.least)


def _judge(chosen: Iterable[Mutant], traces: Mapping[str, Any], options: argparse.Namespace) -> dict[str, str]:
    """Return a mutant's key -> what came of it.

    One that was killed before, as it stands, is not tried again, and one that survived only where a test has changed.
    """
    kept, tests_now = options.cache / "verdicts.txt", _digest(traces)
    before = set(kept.read_text(encoding="utf-8").splitlines()) if kept.is_file() and not options.anew else set()
    equivalent, pool, verdicts = load(), Pool(options.jobs), {}
    with kept.open("w" if options.anew else "a", encoding="utf-8") as file:

        def line(verdict: str, mutant: Mutant) -> str:
            return f"{verdict} | {'' if verdict == KILLED else tests_now} | {_stamp(mutant)}"

        def note(ended: Iterable[tuple[Any, int | None]]) -> None:
            for mutant, code in ended:
                verdict = {0: SURVIVED, BROKEN: UNTRIED}.get(code, KILLED)
                verdicts[mutant.key] = verdict
                if verdict != UNTRIED:
                    file.write(f"{line(verdict, mutant)}\n")
                    file.flush()
                how = " (no end)" if code in (None, -signal.SIGPROF) else ""
                print(f"{len(verdicts)}: {verdict}{how}: {mutant.path}:{mutant.line}", flush=True)

        for mutant in chosen:
            if mutant.key in equivalent:
                verdicts[mutant.key] = EQUIVALENT
            elif known := [verdict for verdict in (KILLED, SURVIVED) if line(verdict, mutant) in before]:
                verdicts[mutant.key] = known[0]
            elif not (tests := _within(covering(traces, mutant.path, mutant.line), options.most)):
                verdicts[mutant.key] = UNCOVERED
            else:
                seconds = sum(sum(own.values()) for own in tests.values())
                limit = 60 + 5 * len(tests) + 10 * seconds
                note(pool.add(mutant, lambda m=mutant, t=tests: int(attempt(m, ROOT, t)), limit))
        note(finish(pool))
    return verdicts


def _stamp(mutant: Mutant) -> str:
    """A verdict holds for a fault of one line of one text."""
    return f"{mutant.key} | {mutant.line}"


def _digest(traces: Mapping[str, Any]) -> str:
    """What decides whether a mutant that survived would survive again."""
    return hashlib.sha256(json.dumps(traces, sort_keys=True).encode()).hexdigest()[:16]


def _within(tests: Mapping[str, Mapping[str, float]], most: float) -> dict[str, dict[str, float]]:
    """The quickest tests of all files, `most` seconds in all, but one at least; files by how soon they are through."""
    found: dict[str, dict[str, float]] = {}
    spent = 0.0
    every = ((seconds, test, file) for file, own in tests.items() for test, seconds in own.items())
    for seconds, test, file in sorted(every):
        if spent + seconds <= most or not found:
            spent += seconds
            found.setdefault(file, {})[test] = seconds
    return dict(sorted(found.items(), key=lambda item: sum(item[1].values())))


def _traces(files: Sequence[Path], cache: Path, jobs: int) -> dict[str, Any]:
    """Trace every test file that no stored trace holds for."""

    def work(file: Path) -> int:
        keep(cache, file, ROOT, trace(file, ROOT))
        return 0

    cache.mkdir(parents=True, exist_ok=True)
    pool = Pool(jobs)
    missing = [file for file in files if stored(cache, file, ROOT) is None]
    for number, file in enumerate(missing, 1):
        print(f"tracing {number} of {len(missing)}: {file.relative_to(ROOT)}", flush=True)
        pool.add(file, lambda file=file: work(file), seconds=3600)
    finish(pool)
    found = {file.relative_to(ROOT).as_posix(): stored(cache, file, ROOT) for file in files}
    if lost := [name for name, own in found.items() if own is None]:
        print(f"not traced, not used: {', '.join(lost)}", file=sys.stderr)
    return {name: own for name, own in found.items() if own is not None}


def _report(verdicts: Mapping[str, str], least: float) -> int:
    counts = Counter(verdicts.values())
    for kind in (UNTRIED, UNCOVERED, SURVIVED):
        for key in sorted(key for key, verdict in verdicts.items() if verdict == kind):
            print(f"{kind}: {key}")
    judged = len(verdicts) - counts[EQUIVALENT]
    rate = counts[KILLED] / judged if judged else 1.0
    told = ", ".join(f"{counts[kind]} {kind}" for kind in (KILLED, SURVIVED, UNCOVERED, EQUIVALENT))
    print(f"{told}: {100 * rate:.1f} % are killed")
    return 0 if rate >= least and not counts[UNTRIED] else 1


def _python_files(name: str, pattern: str) -> list[Path]:
    path = ROOT / name
    return [path] if path.is_file() else sorted(path.rglob(pattern))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Which faults does no test notice?")
    parser.add_argument("--where", nargs="+", default=WHERE, help="files and folders to put faults into")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="files and folders of tests")
    parser.add_argument("--sample", type=int, help="that many faults; all if omitted")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--most", type=float, default=60.0, help="seconds of tests per fault, the quickest first")
    parser.add_argument("--least", type=float, default=0.95, help="share that has to be killed")
    parser.add_argument("--cache", type=Path, default=ROOT / ".mutants", help="folder of traces and verdicts")
    parser.add_argument("--anew", action="store_true", help="forget earlier verdicts")
    return parser


if __name__ == "__main__":
    # what every fork has already: nothing of ours, which a fork imports with its fault
    for name in PRELOADED:
        import_module(name)
    import_module("torch").set_num_threads(1)
    sys.exit(main())
