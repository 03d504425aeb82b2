"""What verdicts are called, read from the list that the ledger is made with."""

from __future__ import annotations

import csv
from pathlib import Path

with (Path(__file__).parents[2] / "paper_tables" / "claims" / "verdicts.csv").open(
    encoding="utf-8", newline=""
) as _file:
    _LINES = list(csv.DictReader(_file))

VERDICTS = tuple(line["verdict"] for line in _LINES)
"""As they stand in the ledger."""

SYMBOLS: dict[str, str] = {line["verdict"]: line["symbol"] for line in _LINES}
"""Verdict -> one character."""

WORDS: dict[str, str] = {line["verdict"]: line["word"] for line in _LINES}
"""Verdict on a run of ours -> word."""

OF_PRINTED: dict[str, str] = {line["verdict"]: line["of_printed"] for line in _LINES}
"""Verdict on the paper's own numbers -> word: they agree with a claim or not, and reproduce nothing."""
