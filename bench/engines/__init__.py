"""Engines: who executes runs. The runner hands out jobs and hears what becomes of them; it knows no processes.

An engine is a module here that binds `ENGINE`: what makes an `Engine` of an environment and of what a command asks.
A job is a list of runs of which each may need the one before: done one after the other, in one place, each stored as
soon as it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.experiments import Run
from bench.identity import Environment
from supertickets.discovery import Definitions


@dataclass(frozen=True)
class Progressed:
    """A run has finished an epoch."""

    run: Run
    epoch: int
    epochs: int


@dataclass(frozen=True)
class Said:
    """A message for people."""

    text: str


@dataclass(frozen=True)
class Ended:
    """A run is over: stored, or failed for a reason."""

    run: Run
    seconds: float
    failure: str | None = None


Event = Progressed | Said | Ended


class EngineError(RuntimeError):
    """An engine can start nothing more; what has failed, and why, was told by events."""


class Engine(Protocol):
    """Executes jobs, a limited number at a time."""

    @property
    def free(self) -> int:
        """How many more jobs can be started now."""

    def start(self, job: Sequence[Run]) -> None:
        """Begin a job; call only while there is room.

        Raises:
            EngineError: nothing more can be started.
        """

    def events(self) -> Iterator[Event]:
        """What has happened since; waits until there is at least one event, if any job is under way."""

    def stop(self) -> None:
        """End all jobs at once; each goes on from its last stored epoch when it is started again."""


@dataclass(frozen=True)
class Asked:
    """What a command asks of the engine that it names.

    Attributes:
        jobs: that are done at a time, at most; None: as many as there is room for.
        address: of a cluster; None for the one that this machine is part of.
        gpus: what a run takes of a GPU, 0 to 1.
        resource: what a node has to have, as it is called in the cluster; None for any node.
    """

    jobs: int | None = None
    address: str | None = None
    gpus: float = 0.0
    resource: str | None = None


def engines() -> Mapping[str, Callable[[Environment, Asked], Engine]]:
    """What makes each engine, by the name of its module."""
    return Definitions("ENGINE", __name__)
