"""What processes leave in a cache folder when they are killed, and its removal at the next start.

These are scratch folders, locks, and the checkpoint or failure of a run whose result was just stored. Whose process
lives is told by locks alone, no times and no process numbers, so that commands on other machines are safe as well.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from bench.cache_folder import FOLDERS
from bench.stored import RESULT
from supertickets.locks import acquire
from supertickets.scratch import sweep

_KEY = re.compile("[0-9a-f]{16}")
_RUN = re.compile("([0-9a-f]{16})-(seed-[0-9]+)")


def tidy(cache: Path) -> bool:
    """Remove what nobody owns any more; what cannot be removed stays. False on a file system without locks."""
    with contextlib.suppress(OSError):
        lock = acquire(cache / "tidying.lock")
        if lock is None:
            return True  # another process is at it
        with lock:
            if not lock.exclusive:
                return False
            sweep(*(cache / name for name in FOLDERS))
            _tidy_results(cache / "results")
            _tidy_running(cache / "running", cache / "results")
            _tidy_failures(cache / "failures", cache / "results")
            for left in (cache / "data").glob("*.lock"):
                _free(left)
    return True


def drop_checkpoint(path: Path) -> None:
    """Remove a checkpoint that is not needed any more, and its folder."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()


def _tidy_results(results: Path) -> None:
    for folder in results.glob("*"):
        if _KEY.fullmatch(folder.name):
            sweep(folder)
            with contextlib.suppress(OSError):
                folder.rmdir()  # only if it is empty


def _tidy_running(running: Path, results: Path) -> None:
    for name in sorted({path.name.removesuffix(".lock") for path in running.glob("*")}):
        if not (found := _RUN.fullmatch(name)):
            continue
        with contextlib.suppress(OSError):
            lock = acquire(running / f"{name}.lock")
            if lock is None:
                continue
            with lock:
                sweep(running / name)
                if (results / found[1] / found[2] / RESULT).is_file():
                    drop_checkpoint(running / name / "checkpoint")
                else:
                    (running / name).rmdir()  # only if it is empty


def _tidy_failures(failures: Path, results: Path) -> None:
    """A process may be killed after it stored its result and before it said so."""
    for path in failures.glob("*.json"):
        if (found := _RUN.fullmatch(path.stem)) and (results / found[1] / found[2] / RESULT).is_file():
            with contextlib.suppress(OSError):
                path.unlink()


def _free(path: Path) -> None:
    """Take and give up a lock, by which its file goes."""
    with contextlib.suppress(OSError):
        lock = acquire(path)
        if lock is not None:
            lock.release()
