"""Where the runs of the tables are computed."""

from __future__ import annotations

import argparse

import torch

from bench.identity import Environment
from paper_tables.usage import UsageError
from supertickets.argument_types import usable_cores
from supertickets.computing import Computing
from supertickets.launch import launched
from supertickets.loading import Loading
from supertickets.user_cache import user_cache


def environment_of(options: argparse.Namespace) -> Environment:
    """Return cache, data, device, by how many processes data are decoded, and how trainings are computed.

    Raises:
        UsageError: for a device that is not there.
    """
    of_cluster = "cuda" if options.gpus else "cpu"  # where they are is its own affair
    device = _device(options.device) if options.engine == "local" else of_cluster
    launch = launched()
    sharing = launch.local_world_size if launch else 1
    workers = _share_of_cores(options, sharing) if options.workers is None else options.workers
    loading = Loading(workers, pinned=device != "cpu", kept_bytes=(options.keep or 0) // sharing)
    computing = Computing(options.parts, options.statistics, options.precision, options.compile)
    return Environment(user_cache(), options.data_root, device, loading, computing, options.processes)


def _share_of_cores(options: argparse.Namespace, sharing: int) -> int:
    """Cores of this machine for each process that trains on it, of which `sharing` train one run together.

    A cluster's cores are not known here: each run is given one, unless more are asked for.
    """
    return usable_cores() // (options.jobs * sharing) if options.engine == "local" else 1


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name != "cpu":
        if not torch.cuda.is_available():
            raise UsageError(f"--device {name}: torch {torch.__version__} finds no CUDA device; use --device cpu")
        if (torch.device(name).index or 0) >= torch.cuda.device_count():
            raise UsageError(f"--device {name}: there are {torch.cuda.device_count()} CUDA devices, counted from 0")
    return name
