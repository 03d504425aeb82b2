"""Where `multiprocessing` puts its sockets: a folder that is gone afterwards, however a command ends."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing.util
import os
import stat
import tempfile
from pathlib import Path

from supertickets.scratch import scratch, sweep

LONGEST_PATH = 107
"""Bytes that the path of a socket may have."""

BELOW = len("/pymp-12345678/listener-12345678")
"""What is added to the folder."""


_HELD: list[contextlib.ExitStack] = []
"""What is held until the end. A forked process forgets what is to be done then, and must not do it by forgetting."""


@functools.cache
def use_own_folder() -> None:
    """Let sockets of this process lie in a scratch folder, which the next command removes if this one is killed.

    Raises:
        OSError: the folder for temporary files cannot be used; the message says what to do.
    """
    parent = _parent()
    parent.mkdir(mode=0o700, exist_ok=True)
    if not _is_our_own(parent):
        raise OSError(f"{parent} is not a folder of your own: remove it, or set TMPDIR to another folder")
    held = contextlib.ExitStack()
    folder = held.enter_context(scratch(parent))
    with held:
        if len(os.fsencode(folder)) + BELOW > LONGEST_PATH:
            raise OSError(f"{tempfile.gettempdir()} is too long a path for sockets: set TMPDIR to a shorter one")
        folder.mkdir(mode=0o700)
        before, tempfile.tempdir = tempfile.tempdir, str(folder)
        try:
            multiprocessing.util.get_temp_dir()
        finally:
            tempfile.tempdir = before
        # after what `multiprocessing` does at the end, at priority -100
        _HELD.append(held.pop_all())
        multiprocessing.util.Finalize(None, _remove, (_HELD[-1], parent), exitpriority=-200)


def tidy() -> None:
    """Remove what killed commands have left, which one that starts no process would leave there."""
    parent = _parent()
    with contextlib.suppress(OSError):
        if _is_our_own(parent):
            sweep(parent)
            parent.rmdir()  # only if no other command uses it


def _parent() -> Path:
    return Path(tempfile.gettempdir(), f"supertickets-{os.getuid()}")


def _is_our_own(folder: Path) -> bool:
    """Whether nobody else may write there, who could answer in the place of our processes."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _remove(held: contextlib.ExitStack, parent: Path) -> None:
    held.close()
    with contextlib.suppress(OSError):
        parent.rmdir()  # only if no other command uses it
