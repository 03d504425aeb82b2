"""How long tests wait for what has to come."""

from __future__ import annotations

import time
from collections.abc import Callable

HANGS_S = 900.0
"""Seconds after which a process hangs, also on a machine with ten times as much to do as it has cores."""


def wait_until(true: Callable[[], bool]) -> None:
    """Look again and again whether something has come.

    Raises:
        AssertionError: it hangs.
    """
    given_up = time.monotonic() + HANGS_S
    while not true():
        assert time.monotonic() < given_up
        time.sleep(0.05)
