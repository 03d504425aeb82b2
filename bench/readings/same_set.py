"""Search-then-prune spares what two-in-one training spares."""

from __future__ import annotations

from dataclasses import replace

from bench.readings import Reading
from bench.settings import Setting


def same_set(setting: Setting) -> Setting:
    """Classifier and transformers are spared by both."""
    return replace(setting, one_shot=replace(setting.one_shot, prunable=setting.pruning.prunable))


TITLE = "search-then-prune spares the classifier, as two-in-one does"
READING = Reading(TITLE, same_set)
