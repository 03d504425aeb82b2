"""What is said of data that cannot be used."""

from __future__ import annotations


class DataError(Exception):
    """The data cannot be used as they are. The message names the culprit and the remedy."""
