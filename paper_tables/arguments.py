"""The command line of the tables, and the checks of what is given there; loads nothing that computes."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from paper_tables.profiles import BANNERS
from paper_tables.registry import table_names
from paper_tables.usage import UsageError
from supertickets.argument_types import Amount, PositiveNumber, WholeNumber, usable_cores
from supertickets.checkout import default_place
from supertickets.command_parser import CommandParser, command_parser
from supertickets.discovery import Definitions
from supertickets.files import require_writable
from supertickets.launch import launched
from supertickets.wording import shortened

RESULTS = Path(__file__).parent / "results"
DATA_ROOT_VARIABLE = "SUPERTICKETS_DATA"
MOST_SEEDS = 1000
"""More is a slip of the hand: listing them alone would take minutes."""
MOST_JOBS = max(64, usable_cores())
"""More than there are cores only take memory from each other."""
MOST_PARTS = 1024
"""No batch of the paper's has more images."""


def parser() -> CommandParser:
    """Return the parser of the command line."""
    found = command_parser(
        "paper_tables", "Regenerate the paper's tables. Finished runs are reused; an interrupted command resumes."
    )
    which = found.add_mutually_exclusive_group()
    which.add_argument("--table", choices=table_names(), metavar="TABLE", help=f"one of {', '.join(table_names())}")
    which.add_argument("--all", action="store_true", help="every table")
    found.add_argument("--profile", default="embedded", choices=list(BANNERS), help="scale of the runs")
    found.add_argument(
        "--seeds",
        type=WholeNumber(1, MOST_SEEDS),
        help="number of seeds, 0 .. n-1 (default: 3 for curves and protocol, else the profile's)",
    )
    found.add_argument("--data-root", type=Path, help=f"folder with the data sets (default: ${DATA_ROOT_VARIABLE})")
    found.add_argument("--device", type=_device, default="auto", help="auto, cpu, cuda or cuda:N")
    found.add_argument(
        "--jobs",
        type=WholeNumber(1, MOST_JOBS),
        help="runs at a time (default: one per core, one thread each; one under torchrun)",
    )
    engines = list(Definitions("ENGINE", "bench.engines"))
    found.add_argument("--engine", default="local", choices=engines, help="where runs are computed")
    found.add_argument("--address", type=_address, help="of a Ray cluster, HOST:PORT (default: auto, the running one)")
    found.add_argument("--gpus", type=PositiveNumber(1), help="share of a GPU per run on a Ray cluster (default: CPUs)")
    found.add_argument("--ray-resource", type=_resource, metavar="NAME", help="compute on nodes with this Ray resource")
    found.add_argument(
        "--parts",
        type=WholeNumber(1, MOST_PARTS),
        default=1,
        help="parts of every batch, computed one after the other where memory is short (default: 1)",
    )
    found.add_argument(
        "--statistics",
        default="synchronised",
        choices=["synchronised", "local"],
        help="BatchNorm over all processes of torchrun, or over the share of each",
    )
    found.add_argument(
        "--precision",
        default="float32",
        choices=["float32", "bfloat16", "float16"],
        help="of products in training steps",
    )
    found.add_argument(
        "--compile",
        action="store_true",
        help="training steps by torch.compile, anew for every shape of the net",
    )
    found.add_argument(
        "--workers",
        type=WholeNumber(1, MOST_JOBS),
        help="processes that decode the pictures of large sets, for each run and each process of torchrun (default: an "
        "equal share of the cores; 1 on a cluster)",
    )
    found.add_argument(
        "--keep",
        type=Amount("B"),
        metavar="BYTES",
        help="memory per run and machine for decoded pictures of large sets, as in 20G (default: none are kept)",
    )
    found.add_argument("--out", type=Path, help="folder for <profile>/<table>.v<N>.csv; with --check, what is there")
    found.add_argument("--check", action="store_true", help="compare with the stored CSV instead of writing it")
    found.add_argument(
        "--plan",
        action="store_true",
        help="show runs, steps, hours and disk that tables would take; needs no data",
    )
    found.add_argument("--list", action="store_true", help="show what each table needs, what is stored, time left")
    return found


def check(options: argparse.Namespace) -> None:
    """Refuse what cannot be done, and fill in the folders that were not named.

    Raises:
        UsageError: no table, several jobs or an engine under torchrun, options of another engine, or a folder that
            cannot be written.
    """
    options.processes, options.jobs_at_most = 1, options.jobs
    _check_engine(options)
    if launched() is None:
        options.jobs = options.jobs or usable_cores()
    elif options.jobs not in (None, 1):
        raise UsageError("--jobs: all processes of torchrun compute one run at a time; leave it out")
    else:
        options.jobs = 1
    if not (options.list or options.plan or options.table or options.all):
        raise UsageError(
            f"say which table: --table {' | '.join(table_names())}, or --all; --list shows what each needs"
        )
    options.data_root = _data_root(options.data_root)
    if options.check or options.list or options.plan:
        options.out = options.out or RESULTS
        return
    options.out = options.out or default_place(RESULTS)
    try:
        require_writable(options.out)
    except OSError as error:
        raise UsageError(f"--out {options.out}: cannot be written ({error.strerror}); name another folder") from error


def _check_engine(options: argparse.Namespace) -> None:
    if options.engine != "local":
        if launched() is not None:
            raise UsageError("--engine: the processes of torchrun compute by themselves; leave it out")
        if options.device not in ("auto", "cuda" if options.gpus else "cpu"):
            raise UsageError(f"--device {options.device}: say --gpus 1 for GPUs of the cluster, else leave it out")
        return
    for name in ("address", "gpus", "ray_resource"):
        if getattr(options, name) is not None:
            raise UsageError(f"--{name.replace('_', '-')}: is for a cluster; add --engine ray, or leave it out")


def _data_root(option: Path | None) -> Path | None:
    root = option or (Path(os.environ[DATA_ROOT_VARIABLE]) if os.environ.get(DATA_ROOT_VARIABLE) else None)
    return root.expanduser().resolve() if root else None


def _address(text: str) -> str:
    if not re.fullmatch(r"auto|[\w.\-:\[\]]+:[0-9]{1,5}", text):
        raise argparse.ArgumentTypeError(f"{shortened(text)!r}: give auto or HOST:PORT, as `ray start` prints it")
    return text


def _resource(text: str) -> str:
    if text in ("CPU", "GPU", "memory", "object_store_memory") or not re.fullmatch(r"[\w.:/-]+", text):
        raise argparse.ArgumentTypeError(f"{shortened(text)!r}: give a name from `ray start --resources`")
    return text


def _device(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:[0-9]{1,3})?", text):
        raise argparse.ArgumentTypeError(f"{text}: give auto, cpu, cuda or cuda:N")
    return text
