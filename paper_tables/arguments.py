"""The command line of the tables, and the checks of what is given there."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable
from pathlib import Path

import torch

from bench.arguments import WholeNumber, usable_cores
from bench.identity import Environment
from bench.profiles import profile_names
from paper_tables.planning import UsageError
from supertickets.files import require_writable
from supertickets.user_cache import user_cache

RESULTS = Path(__file__).parent / "results"
DATA_ROOT_VARIABLE = "SUPERTICKETS_DATA"
MOST_SEEDS = 1000
"""More is a slip of the hand: listing them alone would take minutes."""
MOST_JOBS = max(64, usable_cores())
"""More than there are cores only take memory from each other."""


def parser(tables: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(
        prog="python -m paper_tables",
        description="Regenerate the paper's tables. Finished runs are reused; an interrupted command resumes.",
    )
    which = found.add_mutually_exclusive_group()
    which.add_argument("--table", choices=list(tables), help="this table")
    which.add_argument("--all", action="store_true", help="every table")
    found.add_argument("--profile", default="embedded", choices=profile_names(), help="scale of the runs")
    found.add_argument(
        "--seeds",
        type=WholeNumber(1, MOST_SEEDS),
        help="number of seeds, 0 .. n-1 (default: 3 for curves and protocol, else the profile's)",
    )
    found.add_argument("--data-root", type=Path, help=f"folder with the data sets (default: ${DATA_ROOT_VARIABLE})")
    found.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    found.add_argument(
        "--jobs", type=WholeNumber(1, MOST_JOBS), help="runs at a time (default: one per core, one thread each)"
    )
    found.add_argument("--results", type=Path, default=RESULTS, help="folder for <profile>/<table>.v<N>.csv")
    found.add_argument("--check", action="store_true", help="compare with the stored CSV instead of writing it")
    found.add_argument("--list", action="store_true", help="show what each table needs, what is stored, time left")
    return found


def check(options: argparse.Namespace) -> tuple[Environment, int]:
    """Return where runs are computed, and how many at a time.

    Raises:
        UsageError: for a device or a folder that cannot be used.
        StoreError: for a cache that cannot be used.
    """
    environment = Environment(user_cache(), _data_root(options.data_root), _device(options.device))
    if not (options.list or options.check):
        try:
            require_writable(options.results)
        except OSError as error:
            raise UsageError(
                f"--results {options.results}: cannot be written ({error.strerror}); name another folder"
            ) from error
    return environment, options.jobs or usable_cores()


def _data_root(option: Path | None) -> Path | None:
    root = option or (Path(os.environ[DATA_ROOT_VARIABLE]) if os.environ.get(DATA_ROOT_VARIABLE) else None)
    return root.expanduser().resolve() if root else None


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not re.fullmatch("cpu|cuda(:[0-9]{1,3})?", name):
        raise UsageError(f"--device {name}: give auto, cpu, cuda or cuda:N")
    if name != "cpu":
        index = int(name.removeprefix("cuda").removeprefix(":") or 0)
        if not torch.cuda.is_available():
            raise UsageError(f"--device {name}: torch {torch.__version__} finds no CUDA device; use --device cpu")
        if index >= torch.cuda.device_count():
            raise UsageError(f"--device {name}: there are {torch.cuda.device_count()} CUDA devices, counted from 0")
    return name
