"""What figures need beside tables: architectures and predictions of stored tickets, written as plain files.

An exhibit is a module of this folder with a module-level `EXHIBIT`; adding one is adding a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.experiments import Run
from bench.profiles import Profile
from bench.runner import Runner
from supertickets.discovery import Definitions


@dataclass(frozen=True)
class Exhibit:
    """Files drawn from stored tickets of seed 0.

    Attributes:
        name: lower case with dashes, also on the command line.
        version: rises when the meaning of a file changes.
        title, paper_ref: what it shows, and which figure of the paper it serves.
        runs: the runs whose tickets it needs.
        write: from their tickets to files in a folder; returns the main file's path. The last argument is the folder
            whose files the new ones will replace, for exhibits that summarise what lies there.
        folder: below the results; empty = one folder per profile.
    """

    name: str
    version: int
    title: str
    paper_ref: str
    runs: Callable[[Profile], Sequence[Run]]
    write: Callable[[Exhibit, Profile, Runner, Path, Path], Path]
    folder: str = ""

    def path(self, folder: Path) -> Path:
        """Its main file."""
        return folder / f"{self.name}.v{self.version}.csv"


def exhibits() -> dict[str, Exhibit]:
    """Return exhibit name -> exhibit, sorted by name."""
    found = Definitions("EXHIBIT", __name__).values()
    return {exhibit.name: exhibit for exhibit in sorted(found, key=lambda exhibit: exhibit.name)}
