"""The tiny command of the tables for `torchrun`, with a table of one row: `torchrun shared_tables.py ARGUMENTS`.

The variable `FAULT`, as in `kill 1 5 FILE` or `raise 1 5 FILE`, lets a process end or fail before an epoch, once: if
there is no such file yet.
"""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import paper_tables
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
            Path(file).touch()
            if what == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise RuntimeError("a fault that only one process has")
        train_epoch(self, number)

    Trainer.train_epoch = faulty  # type: ignore[method-assign]


if __name__ == "__main__":
    embedded.PROFILE = tiny_profile()
    streets = embedded.PROFILE.settings["Cityscapes"]
    eager = replace(streets, algorithm=replace(streets.algorithm, drop_threshold=0.9995))
    embedded.PROFILE = replace(embedded.PROFILE, settings={**embedded.PROFILE.settings, "Cityscapes": eager})
    paper_tables.__path__.append(str(Path(__file__).with_name("more_tables")))
    if "FAULT" in os.environ:
        let_fail(*os.environ["FAULT"].split())
    run_command(main, AFTER_STOP)
