"""The folder of files that can be made again."""

from __future__ import annotations

import os
from pathlib import Path

from supertickets.files import require_writable

CHOICE = "SUPERTICKETS_CACHE"


def user_cache() -> Path:
    """`SUPERTICKETS_CACHE`, else `supertickets` in the user's cache folder."""
    if chosen := os.environ.get(CHOICE):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser() / "supertickets"


def writable_cache() -> Path:
    """The same folder, made if need be, before anything is computed that goes there.

    Raises:
        OSError: it cannot be written; its message has the remedy.
    """
    folder = user_cache()
    try:
        require_writable(folder)
    except OSError as error:
        raise OSError(
            error.errno, f"the cache cannot be kept there: set {CHOICE} to a folder that can be written", str(folder)
        ) from error
    return folder
