"""What a training leaves in the user's cache folder, so that the same request goes on where it was stopped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from supertickets.checkpoint import CheckpointError
from supertickets.data.files import short_hash
from supertickets.files import set_aside, write_atomically
from supertickets.locks import acquire
from supertickets.own.errors import DrawError
from supertickets.reading import DamagedError, MissingError, read_file, unreadable
from supertickets.user_cache import writable_cache

VERSION = 5
"""Rises when the same request would give another ticket, or its files are written in another way."""

T = TypeVar("T")


class State:
    """Named files of one request, which carry a digest of themselves and of whose they are.

    What is not as it was written, or cannot be gone on from, is put aside, which is said: it is made again.

    Args:
        folder: of the request alone.
        say: where messages about what is put aside go.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder, self._say = folder, say

    def read(self, name: str) -> bytes | None:
        """Content of a file; None for one that is missing.

        Raises:
            DrawError: it cannot be read now.
        """
        sealed = self._intact(name, lambda found: found == self._sealed(name, found.partition(b"\n")[2]))
        return None if sealed is None else sealed.partition(b"\n")[2]

    def write(self, name: str, content: bytes) -> None:
        """Replace a file at once."""
        write_atomically(self._folder / name, self._sealed(name, content))

    def read_json(self, name: str) -> Any:
        """Content of a JSON file; arguments and errors are those of `read`."""
        content = self.read(name)
        return None if content is None else json.loads(content)

    def resume(self, name: str, trainer_of: Callable[[bytes | None], T]) -> T:
        """A training as it was stored, or from its beginning where nothing is stored that it can go on from.

        Args:
            trainer_of: makes it of what `saved_state` gave, which it may refuse with `CheckpointError`; None begins.

        Raises:
            DrawError: what is stored cannot be read now.
        """
        stored = self.read(name)
        try:
            return trainer_of(stored)
        except CheckpointError as error:
            self._put_aside(name, f"cannot be gone on from ({error})")
        return trainer_of(None)

    def find(self, name: str, digest: str) -> Path | None:
        """Where a file lies that others can read, too; None for one that is missing or has another digest.

        Raises:
            DrawError: it cannot be read now.
        """
        return None if self._intact(name, lambda found: short_hash(found) == digest) is None else self._folder / name

    def add(self, name: str, content: bytes) -> str:
        """Replace such a file at once; returns its digest."""
        write_atomically(self._folder / name, content)
        return short_hash(content)

    def remove(self, name: str) -> None:
        """Forget a file."""
        (self._folder / name).unlink(missing_ok=True)

    def drop(self) -> None:
        """Forget all."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _sealed(self, name: str, content: bytes) -> bytes:
        return short_hash(self._folder.name.encode(), name.encode(), content).encode() + b"\n" + content

    def _intact(self, name: str, as_written: Callable[[bytes], bool]) -> bytes | None:
        path = self._folder / name
        try:
            found = read_file(path)
            if not as_written(found):
                raise DamagedError("it is not what was written for this training")
        except MissingError:
            return None
        except DamagedError as damage:
            self._put_aside(name, f"is damaged ({damage})")
            return None
        except OSError as error:
            raise DrawError(unreadable(error)) from error
        return found

    def _put_aside(self, name: str, why: str) -> None:
        path = self._folder / name
        aside = set_aside(path, self._folder / "damaged" / name)
        self._say(f"warning: {path} {why} and is made again; the old one is kept in {aside}")


@contextmanager
def state_of(request: Mapping[str, Any], say: Callable[[str], None]) -> Iterator[State]:
    """The state of a request, held by this process alone.

    Args:
        request: all that decides what comes of it, as plain JSON values.
        say: where messages about what is put aside go.

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
        yield State(folder, say)
