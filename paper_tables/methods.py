"""What the methods are called, in tables, ledger and figures alike: `methods.csv`, which figures read, too."""

from __future__ import annotations

import csv
from pathlib import Path

from supertickets.discovery import Definitions

with Path(__file__).with_name("methods.csv").open(encoding="utf-8", newline="") as _file:
    NAMES: dict[str, str] = {line["method"]: line["name"] for line in csv.DictReader(_file)}
"""Row key -> name; `{source}` stands for the data set that a transferred ticket comes from."""

TITLES: dict[str, str] = Definitions("TITLE", "bench.readings").literals()
"""Reading -> what is different, without loading what it takes to run one."""


def name_of(key: str) -> str:
    """Return the name of a row, also of one under a reading, whose key is `<row>.<reading>`.

    Raises:
        KeyError: for a row without a name, or a reading that does not exist.
    """
    row, _, reading = key.partition(".")
    return f"{NAMES[row]}: {TITLES[reading]}" if reading else NAMES[row]
