"""Both sides of the comparison prune every convolution and linear layer."""

from __future__ import annotations

from dataclasses import replace

from bench.readings import Reading
from bench.settings import Setting


def everything(setting: Setting) -> Setting:
    """Classifier and transformers are spared by neither."""
    return replace(
        setting,
        pruning=replace(setting.pruning, prunable="all"),
        one_shot=replace(setting.one_shot, prunable="all"),
    )


TITLE = "everything is prunable on both sides"
READING = Reading(TITLE, everything)
