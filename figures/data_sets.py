"""What data sets are called, read from their own files."""

from __future__ import annotations

from supertickets.discovery import Definitions

_TITLES: dict[str, str] = Definitions("TITLE", "bench.data").literals()


def in_words(data_set: str) -> str:
    """Return what people call a data set: its `TITLE`, or the words of its key."""
    return _TITLES.get(data_set, data_set.replace("_", " "))
