"""Which runs this process owns, so that no other computes them meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cache_folder import StoreError
from supertickets.locks import acquire


class Ownership:
    """Locks of this process; one that it has may be asked for again."""

    def __init__(self) -> None:
        self._owned: set[Path] = set()

    @contextmanager
    def of(self, path: Path, wait: bool) -> Iterator[bool]:
        """Own what the lock file `path` stands for while the block lasts; False if another process does.

        Args:
            path: of the file, which is there only while somebody owns it.
            wait: until it is free.

        Raises:
            StoreError: the file cannot be made.
        """
        if path in self._owned:
            yield True
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = acquire(path, wait)
        except OSError as error:
            raise StoreError(f"cannot lock {path}: {error.strerror}; may its folder be written?") from error
        if lock is None:
            yield False
            return
        self._owned.add(path)
        try:
            with lock:
                yield True
        finally:
            self._owned.discard(path)
