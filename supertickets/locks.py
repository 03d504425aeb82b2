"""Locks between processes that die with their owner: nobody has to tell a lock that is held from one left behind.

The system holds them (`flock`), not the file's presence; the file is there so that there is something to lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""What file systems answer that have no locks, some network ones for example."""


@dataclass
class Lock:
    """A lock that this process owns; leaving a `with` block, or the process' end, gives it up.

    Attributes:
        path: the locked file; it is removed when the lock is given up.
        handle: the open file; None on a file system without locks.
    """

    path: Path
    handle: int | None

    @property
    def exclusive(self) -> bool:
        """Whether nobody else has it; False on a file system without locks."""
        return self.handle is not None

    def release(self) -> None:
        """Give it up."""
        if self.handle is not None:
            # removed while it is locked: whoever opens the path from now on gets a file of their own
            try:
                self.path.unlink(missing_ok=True)
            finally:
                os.close(self.handle)
                self.handle = None

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def acquire(path: Path, wait: bool = False) -> Lock | None:
    """Lock the file `path`, which is made if need be; None when another owner has it and `wait` is False.

    Raises:
        OSError: the file cannot be made, or it is a link or a folder.
    """
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        handle = os.open(path, flags, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _lies_at(path, handle):
                return Lock(path, handle)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError as error:
            os.close(handle)
            if error.errno not in _UNSUPPORTED:
                raise
            path.unlink(missing_ok=True)
            return Lock(path, None)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # its last owner has removed it since we opened it


def _lies_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False
