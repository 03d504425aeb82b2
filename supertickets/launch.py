"""What `torchrun` tells the processes that it starts, found without loading torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Launch:
    """One of several processes that were started together.

    Attributes:
        rank: number of this process, from 0; process 0 decides, writes and speaks.
        world_size: number of processes.
        local_rank: number among those of this machine.
        local_world_size: number of those of this machine.
    """

    rank: int
    world_size: int
    local_rank: int
    local_world_size: int


def launched() -> Launch | None:
    """This process as one of those that `torchrun` has started; None when it was started by itself."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return None
    return Launch(*(int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")))


@contextmanager
def quiet_unless_first(launch: Launch | None) -> Iterator[None]:
    """Print nothing meanwhile if another process prints the same."""
    if launch is None or launch.rank == 0:
        yield
        return
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield
