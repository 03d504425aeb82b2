"""A table of the written kind at one scale: its tickets first, then its own function."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.experiments import Run
from bench.profiles import Profile, ProfileError
from bench.runner import Failures, Runner
from bench.sidecar import write_sidecar
from paper_tables.origin import origin_of
from paper_tables.plan import Output, Plan
from paper_tables.table import Address
from paper_tables.written import WrittenTable
from supertickets.files import write_atomically


@dataclass(frozen=True)
class WrittenPlan(Plan):
    """A table and the profile whose tickets it shows.

    Raises:
        ProfileError: when the profile lacks a data set that the table needs.
    """

    table: WrittenTable
    profile: Profile
    unavailable: Mapping[Address, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self.table.runs(self.profile)
        except ProfileError as error:
            raise ProfileError(f"table {self.table.name}: {error}") from error

    @property
    def runs(self) -> list[Run]:
        return list(dict.fromkeys(self.table.runs(self.profile)))

    @property
    def size(self) -> str:
        return "seed 0"

    def finish(self, runner: Runner, failures: Failures, output: Output) -> int:
        if lost := [run for run in self.all_runs if run in failures]:
            print(f"{self.table.name}: not written, {lost[0].label} failed", file=sys.stderr)
            return 1
        path = self.path(output.results)
        with tempfile.TemporaryDirectory() as name:
            fresh = Path(name)
            self.table.write(self.table, self.profile, runner, fresh, path.parent)
            if output.check:
                return output.compared(path, _differences(fresh, path.parent))
            # pictures first, the list of them last: a list never names a picture that is not there
            for file in sorted(_files(fresh), key=lambda file: file.name == path.name):
                write_atomically(path.parent / file, (fresh / file).read_bytes())
        facts = {
            "title": self.table.title,
            "paper_ref": self.table.paper_ref,
            "command": output.command,
            "computed_by": {run.id: run.step.name for run in self.runs},
        }
        write_sidecar(path, facts | origin_of({run.label: run for run in self.runs}, self.all_runs, runner))
        print(f"wrote {path} and .json")
        return 0


def _files(folder: Path) -> list[Path]:
    return sorted(file.relative_to(folder) for file in folder.rglob("*") if file.is_file())


def _differences(fresh: Path, stored: Path) -> list[str]:
    """Files that are not byte for byte as stored."""
    return [
        f"{stored / file} {'differs' if (stored / file).exists() else 'is missing'}"
        for file in _files(fresh)
        if not (stored / file).exists() or (stored / file).read_bytes() != (fresh / file).read_bytes()
    ]
