"""Engines: who executes runs. The runner hands out jobs and hears what becomes of them; it knows no processes.

A job is a list of runs of which each may need the one before: done one after the other, in one place, each stored as
soon as it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.experiments import Run


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
