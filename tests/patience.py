"""How long tests wait for what has to come."""

from __future__ import annotations

HANGS_S = 900.0
"""Seconds after which a process hangs, also on a machine with ten times as much to do as it has cores."""
