"""What the methods are called, in tables, ledger and figures alike: `methods.csv`, which figures read, too."""

from __future__ import annotations

import csv
from pathlib import Path

from supertickets.discovery import Definitions
from supertickets.documents.texts import DocumentError

_PATH = Path(__file__).with_name("methods.csv")
with _PATH.open(encoding="utf-8", newline="") as _file:
    NAMES: dict[str, str] = {line["method"]: line["name"] for line in csv.DictReader(_file)}
"""Row key -> name; `{source}` stands for the data set that a transferred ticket comes from."""

TITLES: dict[str, str] = Definitions("TITLE", "bench.readings").literals()
"""Reading -> what is different, without loading what it takes to run one."""


def name_of(key: str) -> str:
    """Return the name of a row, also of one under a reading, whose key is `<row>.<reading>`.

    Raises:
        DocumentError: for a row without a name.
        KeyError: for a reading that does not exist.
    """
    row, _, reading = key.partition(".")
    if row not in NAMES:
        raise DocumentError(_PATH, f"has no name for the method {row!r}", f"add a line `{row},NAME`")
    return f"{NAMES[row]}: {TITLES[reading]}" if reading else NAMES[row]
