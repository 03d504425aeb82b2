"""Starting the command of `shared_tables.py`, and what it leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.tiny_command import HERE, ROOT, hear_signals
from tests.patience import HANGS_S

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")

ONE_ROW = ("--table", "one-row", "--seeds", "1")


@dataclass(frozen=True)
class Ended:
    """A command that is over."""

    code: int
    output: str
    seconds: float


def start(folder: Path, *arguments: str, launcher: Sequence[str] = (), **variables: str) -> subprocess.Popen[str]:
    """The command in a folder of its own.

    Args:
        launcher: words that start Python's processes; none: this is one.
        variables: of the environment.
    """
    environment = {
        **os.environ, "SUPERTICKETS_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT), "COLUMNS": "100",
        "OMP_NUM_THREADS": "1", **variables,
    }  # fmt: skip
    (folder / "results").mkdir(exist_ok=True, parents=True)
    return subprocess.Popen(
        [sys.executable, *launcher, str(HERE / "shared_tables.py"), "--device", "cpu", "--out",
         str(folder / "results"), *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
        preexec_fn=hear_signals,  # noqa: PLW1509
    )  # fmt: skip


def run(
    folder: Path, *arguments: str, processes: int = 0, restarts: int = 0, fault: str = "", **variables: str
) -> Ended:
    """The same until it is over; 0 processes: without `torchrun`."""
    launcher = [*TORCHRUN, str(processes), f"--max-restarts={restarts}"] if processes else []
    began = time.monotonic()
    process = start(folder, *arguments, launcher=launcher, **({"FAULT": fault} if fault else {}), **variables)
    with process:
        try:
            output, _ = process.communicate(timeout=HANGS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Ended(process.returncode, output, time.monotonic() - began)


def with_data(folder: Path, given: Path) -> Path:
    shutil.copytree(given / "cache" / "data", folder / "cache" / "data")
    shutil.copytree(given / "cache" / "kernels", folder / "cache" / "kernels", dirs_exist_ok=True)
    return folder


def tickets(folder: Path) -> dict[str, bytes]:
    """Stored tickets by their place."""
    found = (folder / "cache" / "results").rglob("*.safetensors")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def csv(folder: Path) -> str:
    return (folder / "results" / "embedded" / "one-row.v1.csv").read_text()


def history(folder: Path) -> list[dict[str, float]]:
    for path in (folder / "cache" / "results").rglob("result.json"):
        if found := json.loads(path.read_text())["result"]["numbers"].get("history"):
            return found
    raise AssertionError("no training is stored")
