"""The tables of the protocol: rows of other tables again, as each reading of the protocol has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from paper_tables.methods import TITLES, name_of
from paper_tables.table import Row


def under_readings(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows as the suite reads the protocol, then under every other reading, one after the other."""
    rows = tuple(rows)
    return rows + tuple(
        replace(row, key=key_of(row.key, reading), method=name_of(key_of(row.key, reading)), reading=reading)
        for reading in TITLES
        for row in rows
    )


def key_of(row: str, reading: str) -> str:
    """Return the key of a row under a reading."""
    return f"{row}.{reading}"
