"""The result CSV: long form, one line per cell and metric, and every line carries its own evidence.

A line is valid only if it is, byte for byte, the line that its own seed values would write: mean and interval are
recomputed on reading, so an edited mean does not survive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from paper_tables.metrics import DIGITS, SEED_DIGITS
from paper_tables.profiles import BANNERS
from paper_tables.published import NO_SOURCE
from paper_tables.statistics import DECIDING, Sample, sample
from paper_tables.table import Address
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema, read_sheet
from supertickets.files import write_csv

NOT_RUN = "not run"
ALL_EQUAL = "all equal"
"""Stands for the interval of seeds that have the same value: their spread was not seen, which does not make it zero."""
NOT_PRINTED = "not printed"
MEASURED = "measured"

SCHEMA = Schema(
    {
        "table": cells.text,
        "version": cells.whole(1),
        "row": cells.text,
        "method": cells.text,
        "task": cells.text,
        "role": cells.text,
        "source": cells.unless((NO_SOURCE,), cells.text),
        "data_set": cells.text,
        "profile": cells.one_of(BANNERS),
        "sparsity": cells.number(0, 1),
        "metric": cells.text,
        "unit": cells.one_of(DIGITS),
        "n_seeds": cells.whole(),
        "value": cells.unless((NOT_RUN,), cells.number(0)),
        "ci_low": cells.text,
        "ci_high": cells.text,
        "seeds": cells.unless((NOT_RUN,), cells.series(cells.whole())),
        "seed_values": cells.unless((NOT_RUN,), cells.series(cells.number(0))),
        "paper_value": cells.unless((NOT_PRINTED,), cells.decimal),
        "paper_ref": cells.text,
        "experiment_id": cells.text,
        "status": cells.matching(f"{MEASURED}|{NOT_RUN}: .+", f"{MEASURED!r} or '{NOT_RUN}: <reason>'"),
    },
    remedy="restore the file, or write it again with `python -m paper_tables`",
    key=("row", "role", "source", "sparsity", "metric"),
)
COLUMNS = tuple(SCHEMA.columns)


class RecordError(ValueError):
    """A result that cannot be written."""


@dataclass(frozen=True)
class Record:
    """One cell of a table.

    Attributes:
        table, version: which table, and which meaning of it.
        row, method: key and name of the method.
        task: task of the data set.
        role: the paper's data set that this cell stands for.
        source: the paper's data set that the ticket was transferred from; None when it was found on `role`.
        data_set: the data set it was measured on.
        profile: scale of the run.
        sparsity: target fraction of zero weights, whole percent; the CSV has the fraction, 0..1.
        metric, unit: what was measured and in what.
        by_seed: (seed, value) pairs in ascending order of the seed, values rounded to `SEED_DIGITS`; empty when not
            run.
        paper_value: the printed number as text, or None when the paper prints none here.
        paper_ref: where the paper prints the table.
        experiment_id: identifier of the run; "not run" without one, "counted" for costs that need none.
        not_run: why there are no values; None when measured.

    Raises:
        RecordError: naming the cell and the offending field.
    """

    table: str
    version: int
    row: str
    method: str
    task: str
    role: str
    source: str | None
    data_set: str
    profile: str
    sparsity: int
    metric: str
    unit: str
    by_seed: tuple[tuple[int, float], ...]
    paper_value: str | None
    paper_ref: str
    experiment_id: str
    not_run: str | None = None

    def __post_init__(self) -> None:
        cell = f"{self.table}, row {self.address}, {self.metric}"
        if self.unit not in DIGITS:
            raise RecordError(f"{cell}: unit {self.unit!r} is none of {', '.join(DIGITS)}")
        if self.profile not in BANNERS:
            raise RecordError(f"{cell}: profile {self.profile!r} is none of {', '.join(BANNERS)}")
        if not 0 <= self.sparsity < 100:
            raise RecordError(f"{cell}: sparsity {self.sparsity} is a share of zeros in percent and lies in 0..99")
        if (self.not_run is None) != bool(self.by_seed):
            raise RecordError(f"{cell}: either seed values or a reason why it was not run, and not both")
        if self.not_run is not None and self.not_run != " ".join(self.not_run.split() or ["?"]):
            raise RecordError(f"{cell}: the reason {self.not_run!r} has to be one line of text")
        seeds = [seed for seed, _ in self.by_seed]
        if seeds != sorted(set(seeds)):
            raise RecordError(f"{cell}: seeds {seeds} are not ascending and distinct")
        for seed, value in self.by_seed:
            if not isfinite(value) or value < 0 or (self.unit == "percent" and value > 100):
                raise RecordError(f"{cell}: seed {seed} has {value}, which is not a value in {self.unit}")

    @property
    def address(self) -> Address:
        """The cell without its metric."""
        return Address(self.row, self.role, self.sparsity, self.source)

    @property
    def key(self) -> tuple[Address, str]:
        """(address, metric): unique within a file."""
        return self.address, self.metric

    @property
    def estimate(self) -> Sample | None:
        """Mean and interval over the seeds; None when not run."""
        return sample([value for _, value in self.by_seed]) if self.by_seed else None

    @property
    def extent(self) -> str:
        """How far the seeds tell where the mean is, for a reader.

        "[low, high]" is the 95 % t-interval, "lowest..highest" the range of two seeds; else it says why there is none.
        """
        line, values = self.line(), sorted(value for _, value in self.by_seed)
        if self.estimate and self.estimate.interval:
            return f"[{line['ci_low']}, {line['ci_high']}]"
        return "..".join(f"{value:.{DIGITS[self.unit]}f}" for value in values) if len(values) == 2 else line["ci_low"]

    def line(self) -> dict[str, str]:
        """Return the CSV line, column -> text."""
        estimate, digits = self.estimate, DIGITS[self.unit]
        if estimate is None:
            value = low = high = seeds = seed_values = NOT_RUN
        else:
            value = f"{estimate.mean:.{digits}f}"
            none = f"n={estimate.n}" if estimate.n < DECIDING else ALL_EQUAL
            low, high = (f"{end:.{digits}f}" for end in estimate.interval) if estimate.interval else (none, none)
            seeds = ";".join(str(seed) for seed, _ in self.by_seed)
            seed_values = ";".join(f"{one:.{SEED_DIGITS[self.unit]}f}" for _, one in self.by_seed)
        texts = (
            self.table, str(self.version), self.row, self.method, self.task, self.role, self.source or NO_SOURCE,
            self.data_set, self.profile, f"{self.sparsity / 100:.4f}", self.metric, self.unit, str(len(self.by_seed)),
            value, low, high, seeds, seed_values, NOT_PRINTED if self.paper_value is None else self.paper_value,
            self.paper_ref, self.experiment_id, MEASURED if self.not_run is None else f"{NOT_RUN}: {self.not_run}",
        )  # fmt: skip
        return dict(zip(COLUMNS, texts, strict=True))


def in_words(key: tuple[Address, str]) -> str:
    """Return a cell's name for messages, such as "pp, Cityscapes at 90 %, miou"."""
    return ", ".join(map(str, key))


def results_path(results: Path, profile: str, file_name: str) -> Path:
    """Return where a profile's CSV lies: `<results>/<profile>/<file_name>`."""
    return results / profile / file_name


def write(path: Path, records: Iterable[Record]) -> None:
    """Write records in the given order; the file appears complete or not at all, and the same bytes every time.

    Raises:
        RecordError: for a cell that occurs twice or a field left blank.
    """
    lines = []
    seen: set[tuple[Address, str]] = set()
    for record in records:
        line, cell = record.line(), in_words(record.key)
        for column, text in line.items():
            if not text.strip():
                raise RecordError(f"{path}: {cell}: column {column} is blank")
        if record.key in seen:
            raise RecordError(f"{path}: {cell} occurs twice")
        seen.add(record.key)
        lines.append(line)
    write_csv(path, COLUMNS, lines)


def read(path: Path) -> list[Record]:
    """Read a file back, checking every line against its own seed values.

    Raises:
        DocumentError: naming file, line and column.
    """
    return [_record(line) for line in read_sheet(path, SCHEMA)]


def _record(line: Line) -> Record:
    found = line.values
    measured = found["status"] == MEASURED
    for column in ("seeds", "seed_values"):
        if measured != (found[column] is not None):
            raise line.error(f"{line.texts[column]!r} does not go with the status {found['status']!r}", column)
    if measured and len(found["seeds"]) != len(found["seed_values"]):
        raise line.error(f"{len(found['seeds'])} seeds have {len(found['seed_values'])} values", "seed_values")
    try:
        record = Record(
            found["table"], found["version"], found["row"], found["method"], found["task"], found["role"],
            found["source"], found["data_set"], found["profile"], round(100 * found["sparsity"]), found["metric"],
            found["unit"], tuple(zip(found["seeds"], found["seed_values"], strict=True)) if measured else (),
            found["paper_value"], found["paper_ref"],
            found["experiment_id"], None if measured else found["status"].removeprefix(f"{NOT_RUN}: "),
        )  # fmt: skip
    except RecordError as error:
        raise line.error(str(error)) from error
    for column, evident in record.line().items():
        if line.texts[column] != evident:
            raise line.error(f"{line.texts[column]!r}, but the line's own evidence gives {evident!r}", column)
    return record
