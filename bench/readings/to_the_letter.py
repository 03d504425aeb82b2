"""Algorithm 1 to the letter."""

from __future__ import annotations

from dataclasses import replace

from bench.readings import Reading
from bench.settings import Setting


def to_the_letter(setting: Setting) -> Setting:
    """Every search reactivates all pruned weights (l.7); an epoch that searches does not prune (l.8, "else if")."""
    return replace(
        setting,
        algorithm=replace(setting.algorithm, coincidence="search", reactivate_when="every search"),
        searching=replace(setting.searching, reactivated="all"),
    )


TITLE = "Algorithm 1 to the letter"
READING = Reading(TITLE, to_the_letter)
