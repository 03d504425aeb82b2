"""The tiny command of the tables for several processes, with a table of one row: `torchrun shared_tables.py ARGUMENTS`.

The variable `FAULT`, as in `kill 1 5 FILE`, `raise 1 5 FILE` or `hang 1 5 FILE`, lets a process end, fail or wait
before an epoch, once: if there is no such file yet. The file says which process it was; in `FILE.epochs` is every epoch
that was trained.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import paper_tables
from bench.engines import ray
from bench.experiments import Run
from bench.identity import Environment
from bench.profiles import embedded
from paper_tables.__main__ import AFTER_STOP, main
from supertickets.command_line import run_command
from supertickets.trainer import Trainer
from tests.end_to_end.tiny_tables import tiny_profile


def let_fail(what: str, rank: str, epoch: str, file: str) -> None:
    """Set up a fault."""
    train_epoch = Trainer.train_epoch

    def faulty(self: Trainer, number: int) -> None:
        if (os.environ.get("RANK", "0"), str(number)) == (rank, epoch) and not Path(file).exists():
            Path(file).write_text(str(os.getpid()))
            if what == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if what == "hang":
                time.sleep(10_000)
            raise RuntimeError("a fault that only one process has")
        with Path(f"{file}.epochs").open("a") as epochs:
            epochs.write(f"{number}\n")
        train_epoch(self, number)

    Trainer.train_epoch = faulty  # type: ignore[method-assign]


class FaultyProcess(ray._Process):
    """A process of a cluster, which knows nothing of this one's variables; Ray sends it what stands here."""

    fault: Sequence[str] = ()

    def work_off(self, runs: Sequence[Run], environment: Environment, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        let_fail(*self.fault)
        yield from super().work_off(runs, environment, keys)


if __name__ == "__main__":
    embedded.PROFILE = tiny_profile()
    streets = embedded.PROFILE.settings["Cityscapes"]
    eager = replace(streets, algorithm=replace(streets.algorithm, drop_threshold=0.9995))
    embedded.PROFILE = replace(embedded.PROFILE, settings={**embedded.PROFILE.settings, "Cityscapes": eager})
    paper_tables.__path__.append(str(Path(__file__).with_name("more_tables")))
    if "FAULT" in os.environ:
        let_fail(*(fault := os.environ["FAULT"].split()))
        FaultyProcess.fault = fault
        ray._Process = FaultyProcess  # type: ignore[misc]
    run_command(main, AFTER_STOP)
