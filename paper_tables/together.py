"""The command of the tables as one of several processes, which compute every run together."""

from __future__ import annotations

import argparse
import atexit
import os
import sys
from collections.abc import Sequence

import torch

from bench.engines.together import LeadingProcess, follow
from paper_tables.command import carry_out
from paper_tables.environment import environment_of
from paper_tables.usage import UsageError
from supertickets.command_line import number_of
from supertickets.distributed import ProcessLost, TorchProcesses, joined
from supertickets.launch import Launch, quiet_unless_first


def carry_out_together(options: argparse.Namespace, given: Sequence[str], launch: Launch) -> int:
    """What `carry_out` does, in the first process; the others compute with it. Returns the exit code."""
    options.processes = launch.world_size
    with quiet_unless_first(launch):
        try:
            own_gpu = _take_device(options, launch)
        except UsageError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    try:
        with joined(own_gpu) as processes:
            if processes.rank:
                return follow(environment_of(options), processes)
            return _lead(options, given, processes)
    except ProcessLost as error:
        print(f"error: process {launch.rank} of {launch.world_size}: {error}", file=sys.stderr)
        return 1


def _lead(options: argparse.Namespace, given: Sequence[str], processes: TorchProcesses) -> int:
    engine = LeadingProcess(environment_of(options), processes)
    try:
        code = carry_out(options, given, engine)
    except KeyboardInterrupt as stop:
        # Python would tear the thread that computes out of what it waits for, which aborts the process
        atexit.register(os._exit, 128 + number_of(stop))
        raise
    engine.dismiss()
    return code


def _take_device(options: argparse.Namespace, launch: Launch) -> bool:
    """Choose this process's device, unless all are to share one; returns whether it is a GPU of its own.

    Raises:
        UsageError: fewer devices than processes.
    """
    device = environment_of(options).device
    if device != "cuda":
        return False
    if launch.local_rank >= torch.cuda.device_count():
        raise UsageError(
            f"{torch.cuda.device_count()} CUDA devices here and at least {launch.local_rank + 1} processes: start one "
            "per device, or let them share one (--device cuda:0)"
        )
    options.device = f"cuda:{launch.local_rank}"
    return True
