"""Tables whose own function writes them: architectures and predictions of stored tickets, and Tab. 10.

Every module of this folder with a module-level `TABLE` is one; adding one is adding a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.experiments import Run
from bench.profiles import Profile
from bench.runner import Runner


@dataclass(frozen=True)
class WrittenTable:
    """A table with columns of its own, written from stored tickets of seed 0 or from what lies beside it.

    Attributes:
        name: lower case with dashes, also on the command line.
        version: rises when the meaning of a file changes.
        title, paper_ref: what it shows, and where the paper has it.
        runs: the runs whose tickets it needs.
        write: from their tickets to files in a folder, `file_name` among them. The last argument is the folder whose
            files the new ones will replace, for tables that summarise what lies there.
        folder: below the results; empty = one folder per profile.
    """

    name: str
    version: int
    title: str
    paper_ref: str
    runs: Callable[[Profile], Sequence[Run]]
    write: Callable[[WrittenTable, Profile, Runner, Path, Path], None]
    folder: str = ""

    @property
    def file_name(self) -> str:
        """Name of this version's CSV file."""
        return f"{self.name}.v{self.version}.csv"
