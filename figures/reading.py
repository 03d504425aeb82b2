"""Read result CSVs for drawing.

Figures know the files and not the code that writes them: whoever has the CSVs can redraw everything. What is drawn
is checked against the line's own seeds, so that no edited mean or bar is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figures.metrics import LABELS, SYMBOLS
from paper_tables.statistics import sample
from supertickets.discovery import Definitions
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema, read_sheet
from supertickets.documents.texts import DocumentError

BANNERS: dict[str, str] = Definitions("BANNER", "bench.profiles").literals()
"""Profile -> what its numbers are, read from the profiles' own files."""

NO_SOURCE = "none"
"""What stands in the column `source` of a ticket that was not transferred; older files lack the column."""

NO_INTERVAL = ("not run", "n=1", "n=2", "all equal")
"""What stands in the columns of an interval's bounds where there is none."""


REMEDY = "restore the file, or write it again with `python -m paper_tables`"
_NOT_RUN = ("not run",)
_NUMBER = cells.number(0, 1e15)


def drawable(cell: str) -> str:
    """Text that a drawing shows as it is: matplotlib takes what stands between dollar signs for a formula."""
    if "$" in cell:
        raise ValueError(f"{cell!r} holds a dollar sign, which no name has")
    return cells.text(cell)


SCHEMA = Schema(
    {
        "table": drawable,
        "version": cells.whole(1),
        "row": drawable,
        "method": drawable,
        "role": drawable,
        "data_set": drawable,
        "source": drawable,
        "profile": cells.one_of(BANNERS),
        "sparsity": cells.number(0, 1),
        "metric": cells.one_of(LABELS),
        "unit": cells.one_of(SYMBOLS),
        "n_seeds": cells.whole(),
        "value": cells.unless(_NOT_RUN, _NUMBER),
        "ci_low": cells.unless(NO_INTERVAL, cells.number(-1e15, 1e15)),
        "ci_high": cells.unless(NO_INTERVAL, cells.number(-1e15, 1e15)),
        "seeds": cells.unless(_NOT_RUN, cells.series(cells.whole())),
        "seed_values": cells.unless(_NOT_RUN, cells.series(_NUMBER)),
        "paper_value": cells.unless(("not printed",), _NUMBER),
        "experiment_id": cells.text,
        "status": cells.matching("measured|not run: .+", "'measured' or 'not run: <reason>'"),
    },
    remedy=REMEDY,
    key=("row", "role", "source", "sparsity", "metric"),
    exact=False,
    absent={"source": NO_SOURCE},
)


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


def read(path: Path) -> Sequence[Cell]:
    """Return a result CSV's cells in file order; errors are those of `read_lines`."""
    return tuple(cell for cell, _ in read_lines(path))


def read_lines(path: Path) -> Sequence[tuple[Cell, Line]]:
    """Return a result CSV's cells in file order, each with its line.

    Raises:
        DocumentError: naming file and line, for what does not fit the schema, a number that the line's seeds do not
            give, a line of another table, version or profile than the first, or a row without some of its metrics.
    """
    found = [(_cell(line), line) for line in read_sheet(path, SCHEMA)]
    first = found[0][0]
    metrics: dict[str, set[str]] = {}
    own: dict[tuple[str, str, str, float], set[str]] = {}
    for cell, line in found:
        if _about(cell) != _about(first):
            raise line.error(f"a line of {_about(cell)} in a file of {_about(first)}")
        metrics.setdefault(cell.role, set()).add(cell.metric)
        own.setdefault(cell.key[:4], set()).add(cell.metric)
    for (row, role, *place), present in own.items():
        if lacking := metrics[role] - present:
            where = " / ".join(map(str, (row, role, *place)))
            raise DocumentError(path, f"lacks {min(lacking)} of {where}", REMEDY)
    return found


def _about(cell: Cell) -> str:
    return f"{cell.table} v{cell.version}, {cell.profile} profile"


def _cell(line: Line) -> Cell:
    found = line.values
    measured = found["status"] == "measured"
    for column in ("value", "seeds", "seed_values"):
        if measured != (found[column] is not None):
            raise line.error(f"{line.texts[column]!r} does not go with the status {found['status']!r}", column)
    low, high = found["ci_low"], found["ci_high"]
    if (low is None) != (high is None):
        raise line.error("an interval has two ends or none", "ci_high")
    if measured:
        _check_evidence(line)
    return Cell(
        table=found["table"],
        version=found["version"],
        profile=found["profile"],
        row=found["row"],
        method=found["method"],
        role=found["role"],
        data_set=found["data_set"],
        source="" if found["source"] == NO_SOURCE else found["source"],
        sparsity=found["sparsity"],
        metric=found["metric"],
        unit=found["unit"],
        mean=found["value"],
        interval=None if low is None else (low, high),
        seeds=found["seed_values"] or (),
        printed=found["paper_value"],
        experiment_id=found["experiment_id"],
    )


def _check_evidence(line: Line) -> None:
    """Refuse a mean or an interval that is not that of the seeds, give or take the rounding of both."""
    found, seeds = line.values, line.values["seed_values"]
    for column, count in (("seeds", len(found["seeds"])), ("n_seeds", found["n_seeds"])):
        if count != len(seeds):
            raise line.error(f"{count}, but seed_values has {len(seeds)} values", column)
    unit = 10.0 ** -len(line.texts["value"].partition(".")[2])
    evident = sample(seeds)
    if abs(found["value"] - evident.mean) > 0.6 * unit:
        raise line.error(f"{line.texts['value']}, but the seeds' mean is {evident.mean:.6g}", "value")
    for column, end in zip(("ci_low", "ci_high"), evident.interval or (None, None), strict=True):
        if (found[column] is None) != (end is None) or (end is not None and abs(found[column] - end) > 0.6 * unit):
            raise line.error(f"{line.texts[column]}, but the seeds give {end}", column)
