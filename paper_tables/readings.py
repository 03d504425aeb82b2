"""The tables of the protocol: rows of other tables again, as each reading of the protocol has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from paper_tables.table import Row
from supertickets.discovery import Definitions

TITLES: dict[str, str] = Definitions("TITLE", "bench.readings").literals()
"""Reading -> what is different, without loading what it takes to run one."""


def under_readings(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows as the suite reads the protocol, then under every other reading, one after the other."""
    rows = tuple(rows)
    return rows + tuple(
        replace(row, key=key_of(row.key, reading), method=f"{row.method}: {title}", reading=reading)
        for reading, title in TITLES.items()
        for row in rows
    )


def key_of(row: str, reading: str) -> str:
    """Return the key of a row under a reading."""
    return f"{row}.{reading}"
