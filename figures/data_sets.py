"""What data sets are called, read from their own files."""

from __future__ import annotations

from supertickets.discovery import Definitions

_TITLES: dict[str, str] = Definitions("TITLE", "bench.data").literals()


def in_words(data_set: str) -> str:
    """Return what people call a data set: its `TITLE`, or the words of its key."""
    return _TITLES.get(data_set, data_set.replace("_", " "))


def standing_for(role: str, data: str) -> str:
    """Whose place data take, as a heading says it.

    Args:
        data: the data set or sets, in words.
    """
    return role if data == role else f"In the place of {role}: {data}"
