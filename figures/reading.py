"""Read result CSVs for drawing.

Figures know the files and not the code that writes them: whoever has the CSVs can redraw everything. The files are
checked line by line where they are written and judged; here only what is drawn is parsed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.metrics import FILE, LABELS
from supertickets.discovery import Definitions

BANNERS: dict[str, str] = Definitions("BANNER", "bench.profiles").literals()
"""Profile -> what its numbers are, read from the profiles' own files."""

NO_SOURCE = "none"
"""What stands in the column `source` of a ticket that was not transferred; older files lack the column."""

NO_INTERVAL = ("not run", "n=1", "n=2", "all equal")
"""What stands in the columns of an interval's bounds where there is none."""


class ResultsError(ValueError):
    """A result file that cannot be drawn."""


@dataclass(frozen=True)
class Cell:
    """What a figure needs of one line of a result CSV.

    Attributes:
        table, version, profile: which results these are.
        row, method: key and name of the method.
        role: the paper's data set it stands for; `data_set`: the one it was measured on.
        source: the paper's data set that a transferred ticket was found on; empty for any other.
        sparsity: target fraction of zero weights, 0..1.
        metric, unit: what was measured and in what.
        mean: over the seeds; None when not run.
        interval: 95 % t-interval of the mean; None when not run, with one or two seeds, and when all are equal.
        seeds: one value per seed; empty when not run.
        printed: the paper's number; None when it prints none.
        experiment_id: identifier of the run.
    """

    table: str
    version: int
    profile: str
    row: str
    method: str
    role: str
    data_set: str
    source: str
    sparsity: float
    metric: str
    unit: str
    mean: float | None
    interval: tuple[float, float] | None
    seeds: tuple[float, ...]
    printed: float | None
    experiment_id: str

    @property
    def name(self) -> str:
        """The method, with the data set a transferred ticket comes from."""
        return self.method if self.source in self.method else f"{self.method} (from {self.source})"

    @property
    def key(self) -> tuple[str, str, str, float, str]:
        """(row, role, source, sparsity, metric): unique within a file."""
        return self.row, self.role, self.source, self.sparsity, self.metric


def newest(results: Path, profile: str, table: str) -> Path | None:
    """Return the CSV of a table's highest version in `<results>/<profile>/`, or None without any."""
    versions = {
        int(match[1]): path
        for path in (results / profile).glob(f"{table}.v*.csv")
        if (match := re.fullmatch(re.escape(table) + r"\.v(\d+)\.csv", path.name))
    }
    return versions[max(versions)] if versions else None


def lines(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a CSV's lines as (where it stands, column -> text).

    Raises:
        ResultsError: naming file and line, for a line that is no CSV or has too few or too many columns.
    """
    with path.open(encoding="utf-8", newline="") as file:
        found = csv.DictReader(file, strict=True)
        try:
            for line in found:
                if None in line or None in line.values():
                    raise ResultsError(f"{path}:{found.line_num}: not as many columns as the first line has")
                yield f"{path}:{found.line_num}", line
        except csv.Error as error:
            raise ResultsError(f"{path}:{found.line_num + 1}: {error}") from error


def read(path: Path) -> Sequence[Cell]:
    """Return a result CSV's cells in file order; errors are those of `read_lines`."""
    return tuple(cell for cell, _ in read_lines(path))


def read_lines(path: Path) -> Sequence[tuple[Cell, dict[str, str]]]:
    """Return a result CSV's cells in file order, each with its line as text.

    Raises:
        ResultsError: naming file and line, for a missing column, a number that is none, a cell that occurs twice or
            one of another profile than the first.
    """
    found: dict[tuple[str, str, str, float, str], tuple[Cell, dict[str, str]]] = {}
    profiles = set()
    for where, line in lines(path):
        try:
            cell = _cell(line)
        except (KeyError, ValueError) as error:
            raise ResultsError(f"{where}: {type(error).__name__}: {error}") from error
        if cell.key in found:
            raise ResultsError(f"{where}: {' / '.join(map(str, cell.key))} occurs twice")
        profiles.add(cell.profile)
        if len(profiles) > 1 or cell.profile not in BANNERS:
            raise ResultsError(f"{where}: a file holds results of one profile, not of {', '.join(sorted(profiles))}")
        found[cell.key] = cell, line
    if not found:
        raise ResultsError(f"{path}: no results in it")
    return tuple(found.values())


def _cell(line: Mapping[str, str]) -> Cell:
    measured = line["status"] == "measured"
    if line["metric"] not in LABELS:
        raise ValueError(f"metric {line['metric']!r} is not listed in {FILE.name}")
    return Cell(
        table=line["table"],
        version=int(line["version"]),
        profile=line["profile"],
        row=line["row"],
        method=line["method"],
        role=line["role"],
        data_set=line["data_set"],
        source="" if line.get("source", NO_SOURCE) == NO_SOURCE else line["source"],
        sparsity=float(line["sparsity"]),
        metric=line["metric"],
        unit=line["unit"],
        mean=float(line["value"]) if measured else None,
        interval=_interval(line["ci_low"], line["ci_high"]),
        seeds=tuple(float(text) for text in line["seed_values"].split(";")) if measured else (),
        printed=None if line["paper_value"] == "not printed" else float(line["paper_value"]),
        experiment_id=line["experiment_id"],
    )


def _interval(low: str, high: str) -> tuple[float, float] | None:
    """Return the bounds; None where the columns say why there are none."""
    return None if low in NO_INTERVAL else (float(low), float(high))
