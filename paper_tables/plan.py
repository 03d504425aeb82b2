"""A table at one scale, whichever kind it is of: the runs it needs, and what is done once they are over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.experiments import Run, lineage
from bench.profiles import Profile
from bench.runner import Failures, Runner
from paper_tables.table import Address, Table
from paper_tables.written import WrittenTable


@dataclass(frozen=True)
class Output:
    """Where tables go: the folder above them, whether they are only compared, and the command that they come of."""

    results: Path
    check: bool
    command: str

    def compared(self, path: Path, differences: Sequence[str]) -> int:
        """Say how a table compares with what is stored at `path`; returns its share of the exit code."""
        print("\n".join(differences) or f"{path} is what the present code and data give, byte for byte")
        return 1 if differences else 0


class Plan(ABC):
    """What one table needs of a profile, and how it is finished.

    Attributes:
        unavailable: cell -> why the profile cannot fill it.
    """

    table: Table | WrittenTable
    profile: Profile
    unavailable: Mapping[Address, str]

    @property
    @abstractmethod
    def runs(self) -> list[Run]:
        """Every run once, in the order in which they are best computed."""

    @cached_property
    def all_runs(self) -> list[Run]:
        """Every run and everything it builds on, once, parents before children."""
        return list(dict.fromkeys(one for run in self.runs for one in lineage(run)))

    @property
    @abstractmethod
    def size(self) -> str:
        """How many cells and seeds it has, in words."""

    def path(self, results: Path) -> Path:
        """Where its CSV lies: `<results>/<profile>/<table>.v<N>.csv`, or in the folder of a table of no profile."""
        return results / (getattr(self.table, "folder", "") or self.profile.name) / self.table.file_name

    def refusal(self, results: Path) -> str | None:
        """Why what is stored must not be replaced; None when it may be."""
        return None

    def loss(self, results: Path) -> str | None:
        """What will be gone when what is stored is replaced; None when nothing will."""
        return None

    @abstractmethod
    def finish(self, runner: Runner, failures: Failures, output: Output) -> int:
        """Write or compare the table, now that its runs are over; returns its share of the exit code."""
