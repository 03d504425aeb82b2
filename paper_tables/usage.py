"""The error of whoever gives a command what it cannot use."""

from __future__ import annotations


class UsageError(ValueError):
    """Arguments that make no sense; the message says what to give instead."""
