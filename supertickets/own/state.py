"""What a training leaves in the user's cache folder, so that the same request goes on where it was stopped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from supertickets.data.files import short_hash
from supertickets.files import write_atomically
from supertickets.locks import acquire
from supertickets.own.errors import DrawError
from supertickets.user_cache import writable_cache

VERSION = 1
"""Rises when the same request would give another ticket."""


class State:
    """Named files of one request; a name that is not there is None."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """Content of a file."""
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def write(self, name: str, content: bytes) -> None:
        """Replace a file at once."""
        write_atomically(self.folder / name, content)

    def read_json(self, name: str) -> Any:
        """Content of a JSON file; None for one that was damaged, too: it is made again."""
        try:
            return json.loads(self.read(name) or b"null")
        except ValueError:
            return None

    def drop(self) -> None:
        """Forget all."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def state_of(request: Mapping[str, Any]) -> Iterator[State]:
    """The state of a request, held by this process alone.

    Raises:
        DrawError: another process has it.
        OSError: the cache folder cannot be written.
    """
    key = short_hash(json.dumps([VERSION, request], sort_keys=True).encode())
    folder = writable_cache() / "own" / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = acquire(folder.with_name(f"{key}.lock"))
    if lock is None:
        raise DrawError("the same is being trained by another process: wait for it, or give another --seed")
    with lock:
        yield State(folder)
