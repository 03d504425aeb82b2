"""A part in a process of its own: what it leaves on a device, and how it ends, is nobody else's affair."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from bench.gpu.parts import Given, NotRunError, modules, parts

GRACE_S = 10.0
"""Seconds that a part has to end when it is told to; what it runs stores its state meanwhile."""

NOTHING, OVERDUE = 3, 124
"""Exit codes of a part that cannot be run here, and of one whose time is over."""

Written = tuple[str, Given, dict[str, Any]]
"""Key of a part, what it is given, and what its sidecar says."""


def run_apart(written: Written, log: Path, seconds: float) -> int:
    """Compute a part and write its files.

    Args:
        log: gets everything that the part prints.
        seconds: after which it is ended, together with all that it has started.

    Returns:
        0 when they are written, else the exit code of the process, or `OVERDUE`.
    """
    process = multiprocessing.get_context("spawn").Process(target=_compute, args=(written, log))
    process.start()
    try:
        process.join(seconds)
        overdue = process.is_alive()
    finally:
        _end(process)
    return OVERDUE if overdue else process.exitcode or 0


def _end(process: Any) -> None:
    """End what is left of a part: nothing, after one that has ended by itself."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
        except ProcessLookupError:  # all of them have ended, or it is no group of its own yet
            if process.is_alive():
                process.kill()
        process.join(GRACE_S)


def _compute(written: Written, log: Path) -> None:
    key, given, about = written
    os.setsid()  # so that all it starts can be ended with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what lies in scratch folders goes
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(stream, descriptor)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        write_part(key, given, about)
    except NotRunError as reason:
        print(reason)
        sys.exit(NOTHING)
    except Exception:
        traceback.print_exc()
        sys.exit(1)


def write_part(key: str, given: Given, about: dict[str, Any]) -> Path:
    """Compute a part and write its CSV and sidecar, each whole or not at all; returns the CSV's path."""
    from bench.provenance import code_id, processor_name, versions
    from bench.sidecar import write_sidecar
    from supertickets.files import write_csv

    part = parts()[key]
    lines = list(part.measure(given))
    path = given.out / part.file_name
    facts = {
        **about,
        "part": key,
        "device": processor_name(given.device),
        "code_ids": {key: code_id((modules()[key],))},
        "versions": versions(),
    }
    write_sidecar(path, facts)  # first, so that a part that has a CSV has both
    write_csv(path, part.columns, lines)
    return path
