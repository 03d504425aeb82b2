"""The folder of files that can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache() -> Path:
    """`SUPERTICKETS_CACHE`, else `supertickets` in the user's cache folder."""
    if chosen := os.environ.get("SUPERTICKETS_CACHE"):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser() / "supertickets"
