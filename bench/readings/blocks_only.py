"""Only searching blocks are pruned: what no search reactivates is spared from the beginning."""

from __future__ import annotations

from dataclasses import replace

from bench.readings import Reading
from bench.settings import Setting


def blocks_only(setting: Setting) -> Setting:
    """Stem, shortcuts, the last convolution of a classifying head, classifier and transformers are spared by both."""
    return replace(
        setting,
        pruning=replace(setting.pruning, prunable="blocks"),
        one_shot=replace(setting.one_shot, prunable="blocks"),
    )


TITLE = "only searching blocks are pruned, on both sides"
READING = Reading(TITLE, blocks_only)
