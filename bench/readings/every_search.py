"""Pruned weights are reactivated at every search, not only when search units died."""

from __future__ import annotations

from dataclasses import replace

from bench.readings import Reading
from bench.settings import Setting


def every_search(setting: Setting) -> Setting:
    """Otherwise as the public code: all searching blocks get their pruned weights back."""
    return replace(setting, algorithm=replace(setting.algorithm, reactivate_when="every search"))


TITLE = "every search reactivates, whether units died or not"
READING = Reading(TITLE, every_search)
