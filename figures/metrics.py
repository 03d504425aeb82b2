"""What the measured quantities are called, read from the list that the tables are made with."""

from __future__ import annotations

import csv
from pathlib import Path

FILE = Path(__file__).parents[1] / "paper_tables" / "metrics.csv"

with FILE.open(encoding="utf-8", newline="") as _file:
    _LINES = list(csv.DictReader(_file))

LABELS: dict[str, str] = {line["metric"]: line["label"] for line in _LINES}
"""Metric key -> name without unit."""

ACCURACIES = frozenset(line["metric"] for line in _LINES if line["kind"] not in ("cost", "speed", "zeros", "disk"))
"""Keys of the metrics that say how good a net is, not what it costs."""

SYMBOLS: dict[str, str] = {line["unit"]: line["symbol"] for line in _LINES}
"""Unit as in the CSVs -> its symbol."""
