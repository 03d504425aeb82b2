"""Latencies as a CSV in long form: fixed columns, fixed order, no time stamps; read back and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from bench.sidecar import write_sidecar
from supertickets.documents import cells
from supertickets.documents.sheets import Schema, read_sheet
from supertickets.files import write_csv
from supertickets.rounds import LatencyError

VERSION = 1
"""Rises when the meaning of a column changes, together with a line in the changelog."""

MEASURED = "measured"
NOT_RUN = "not run"
FAILED = "failed"
NOT_PRINTED = "not printed"
METRICS = ("latency_ms", "fps")


@dataclass(frozen=True)
class Row:
    """One metric of one net run in one way.

    Attributes:
        network: key; a ticket's stages are `<name>/supernet`, `/subnet`, `/masked`, `/shrunk`.
        weights: trained, untrained, or constructed.
        variant: key of the way to run it.
        device: name of the processor that ran it, `cpu` or `cuda` where nothing ran.
        precision, layout: of weights and activations.
        threads: of the host.
        torch: version.
        image_size: `HxW`, one image.
        metric: `latency_ms` or `fps` (1000 / latency).
        median, iqr_low, iqr_high: over the rounds; iqr is the range from first to third quartile.
        rounds: timed rounds.
        output_error: |output - fp32 output of torch| / |fp32 output of torch|, Euclidean norms.
        status: `measured`, or `not run: <reason>`, or `failed: <reason>`; then the numbers are `not run`.
        paper_value, paper_ref: what the paper prints for this network, on its GPU: beside `fps` on a GPU alone.
    """

    network: str
    weights: str
    variant: str
    device: str
    precision: str
    layout: str
    threads: str
    torch: str
    image_size: str
    metric: str
    median: str
    iqr_low: str
    iqr_high: str
    rounds: str
    output_error: str
    status: str
    paper_value: str
    paper_ref: str

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name):
                raise LatencyError(f"{self.network}, {self.variant}: {field.name} is blank; a row says why instead")
        if self.metric not in METRICS:
            raise LatencyError(
                f"{self.network}, {self.variant}: metric {self.metric!r} is none of {', '.join(METRICS)}"
            )
        numbers = (self.median, self.iqr_low, self.iqr_high)
        if self.status == MEASURED:
            if NOT_RUN in numbers:
                raise LatencyError(f"{self.network}, {self.variant}: measured, but {numbers} are its numbers")
            low, middle, high = (float(self.iqr_low), float(self.median), float(self.iqr_high))
            if not 0 < low <= middle <= high < float("inf"):
                raise LatencyError(f"{self.network}, {self.variant}: {numbers} is no median with its quartiles")
        elif set(numbers) != {NOT_RUN} or not self.status.startswith((f"{NOT_RUN}: ", f"{FAILED}: ")):
            raise LatencyError(f"{self.network}, {self.variant}: status {self.status!r} does not fit {numbers}")

    @property
    def key(self) -> tuple[str, str, str]:
        return self.network, self.variant, self.metric


COLUMNS = tuple(field.name for field in fields(Row))
_TIMES = dict.fromkeys(("median", "iqr_low", "iqr_high"), cells.unless((NOT_RUN,), cells.number(0)))
SCHEMA = Schema(
    {
        **dict.fromkeys(COLUMNS, cells.text),
        "threads": cells.whole(1),
        "image_size": cells.matching("[1-9][0-9]{0,4}x[1-9][0-9]{0,4}", "image size, as in 512x1024"),
        "metric": cells.one_of(METRICS),
        **_TIMES,
        "rounds": cells.whole(),
        "output_error": cells.unless((NOT_RUN, "nan", "inf"), cells.number(0)),
        "paper_value": cells.unless((NOT_PRINTED,), cells.decimal),
    },
    remedy="restore the file, or measure again with `python -m bench.latency`",
    key=("network", "variant", "metric"),
)


def write_rows(path: Path, rows: Iterable[Row], provenance: Mapping[str, Any]) -> None:
    """Write the CSV, and beside it a `.json` that says how the numbers came about."""
    write_csv(path, COLUMNS, (asdict(row) for row in rows))
    write_sidecar(path, provenance)


def read_rows(path: Path) -> list[Row]:
    """Read a CSV that `write_rows` wrote.

    Raises:
        DocumentError: naming file and line, for other columns, blank or impossible cells, and repeated rows.
    """
    rows = []
    for line in read_sheet(path, SCHEMA):
        try:
            rows.append(Row(**line.texts))
        except LatencyError as error:
            raise line.error(str(error)) from error
    return rows


def slug(name: str) -> str:
    """A device's name as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
