"""Nets are scored with the BatchNorm statistics that training left them."""

from __future__ import annotations

from dataclasses import replace

from bench.readings import Reading
from bench.settings import Setting


def as_trained(setting: Setting) -> Setting:
    """Those of a net that is pruned in one shot are from before the pruning."""
    return replace(setting, protocol=replace(setting.protocol, batch_norm="as trained"))


TITLE = "BatchNorm statistics are not re-estimated before scoring"
READING = Reading(TITLE, as_trained)
