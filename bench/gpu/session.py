"""Parts one after the other until the time is over: what is written is never run again, what is left over is told."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from bench.gpu.apart import GRACE_S, NOTHING, OVERDUE, run_apart
from bench.gpu.parts import Given, Part, parts
from bench.latency.rows import slug
from bench.provenance import ROOT, processor_name
from bench.step_times import DEVICES
from supertickets.argument_types import usable_cores
from supertickets.checkout import default_place
from supertickets.documents.texts import DocumentError, read_text
from supertickets.documents.trees import read_json
from supertickets.files import require_writable, write_atomically

ABOUT = "session.json"
"""Says what a folder's files were measured on."""

WHOLE, FAILED, UNUSABLE, NOT_RUN = 0, 1, 2, 3
"""Exit codes, see `bench.gpu.__main__`."""


class SessionError(ValueError):
    """A folder that cannot be written to; the message says why, and the remedy."""


def carry_out(options: argparse.Namespace, command: str, started: float) -> int:
    """Run parts and tell of each; returns the exit code.

    Args:
        options: what was given, parsed.
        command: as it was typed.
        started: when the command began, of `time.monotonic`.
    """
    device = "cpu" if options.rehearse else options.device
    chosen = [part for key, part in parts().items() if not options.part or key in options.part]
    absent = device == "cuda" and not torch.cuda.is_available()
    if options.list:
        folder = options.out or (None if absent else _default_folder(device, options.rehearse))
        for part in chosen:
            print(f"{part.key}: {part.what}; {_verdict(folder / part.file_name)[1] if folder else 'not run'}")
        return WHOLE
    if absent:
        print(
            f"not run: torch {torch.__version__} finds no CUDA device; --rehearse tries the code on this CPU",
            file=sys.stderr,
        )
        return NOT_RUN
    folder = options.out or _default_folder(device, options.rehearse)
    try:
        _claim(folder, device, options.rehearse)
        given = Given(device, folder, options.workers or usable_cores(), options.rehearse, options.data_root)
        codes = [code for part in chosen for code in _run(part, given, command, started + 60 * options.minutes)]
    except (SessionError, DocumentError) as error:
        print(f"error: {error}", file=sys.stderr)
        return UNUSABLE
    print(f"results are in {folder}")
    return next((code for code in (FAILED, NOT_RUN) if code in codes), WHOLE)


def _default_folder(device: str, rehearsal: bool) -> Path:
    if rehearsal:
        return Path("gpu-rehearsal")
    return default_place(ROOT / "paper_tables" / "results") / DEVICES / slug(processor_name(device))


def _claim(folder: Path, device: str, rehearsal: bool) -> None:
    """Make the folder, unless it is there and of another device.

    Raises:
        SessionError: it is, or cannot be written.
        DocumentError: what it is of cannot be read.
    """
    try:
        require_writable(folder)
    except OSError as error:
        raise SessionError(f"--out {folder}: cannot be written ({error.strerror}); name another folder") from error
    about = {"device": processor_name(device), "rehearsal": rehearsal}
    path = folder / ABOUT
    if not path.is_file():
        write_atomically(path, f"{json.dumps(about, indent=2)}\n".encode())
        return
    if (there := read_json(path, {}, "remove it")) != about:
        raise SessionError(f"{folder} is of {_in_words(there)}, this would be {_in_words(about)}: name another --out")


def _in_words(about: Any) -> str:
    return " ".join(map(str, about.values())).replace("True", "(rehearsal)").replace("False", "(measured)")


def _run(part: Part, given: Given, command: str, deadline: float) -> Iterator[int]:
    """Run a part, unless it is written or there is no time; tells of it and gives exit codes."""
    path, log = given.out / part.file_name, given.out / f"{part.key}.log"
    if path.is_file():
        code, words = _verdict(path)
        print(f"{part.key}: {words}", flush=True)
        yield code
        return
    left = deadline - time.monotonic() - 2 * GRACE_S
    if left < (0 if given.tiny else part.least_s):
        print(f"{part.key}: left over, {max(0, left):.0f} s are too few; the same command goes on with it", flush=True)
        yield NOT_RUN
        return
    print(f"{part.key}: {part.what} ...", flush=True)
    begun = time.monotonic()
    about = {"command": command, "rehearsal": given.tiny}
    code = run_apart((part.key, given, about), log, left)
    took = f"{time.monotonic() - begun:.0f} s"
    if code == 0:
        code, words = _verdict(path)
    elif code == NOTHING:
        code, words = NOT_RUN, f"not run: {log.read_text(errors='replace').strip().splitlines()[-1]}"
    elif code == OVERDUE:
        code, words = NOT_RUN, "left over, the time is over; the same command goes on with it"
    else:
        code, words = FAILED, f"failed, see {log}"
    print(f"{part.key}: {words} ({took})", flush=True)
    yield code


def _verdict(path: Path) -> tuple[int, str]:
    """Exit code and words for what is written of a part."""
    if not path.is_file():
        return NOT_RUN, "not run"
    try:
        lines = csv.DictReader(io.StringIO(read_text(path, "remove it, and it is measured again"), newline=""))
        statuses = [line.get("status") or "" for line in lines]
    except (DocumentError, csv.Error) as error:
        return FAILED, f"damaged: {error}"
    failed = [status for status in statuses if status.startswith("failed")]
    if failed:
        return FAILED, f"written, {len(failed)} of {len(statuses)} lines failed, as in: {failed[0]}"
    return WHOLE, f"written, {len(statuses)} lines"
