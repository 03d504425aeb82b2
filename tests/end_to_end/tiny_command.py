"""Starting the command of the tables, cut down to seconds, and what it leaves."""

from __future__ import annotations

import atexit
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from supertickets.supernet import fused
from supertickets.user_cache import user_cache
from tests.patience import HANGS_S

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TABLE = "ablation.v3"

KEPT = re.compile(
    r"kernels|kernels/[a-z]+-[0-9a-f]{16}\.so|results|running|failures|damaged|results/[0-9a-f]{16}|results/[0-9a-f]{16}/seed-[0-9]+"
    r"|results/[0-9a-f]{16}/seed-[0-9]+/(result\.json|[a-z]+\.safetensors)"
)
"""What lies in a cache, beside data, when every run has a result and nobody uses it."""


@functools.cache
def temporary() -> Path:
    """Folder for temporary files of all commands, of a short path, since sockets lie there."""
    folder = tempfile.mkdtemp(prefix="tiny-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


def start(
    cache: Path,
    results: Path,
    *arguments: str,
    output: int | IO[str] = subprocess.PIPE,
    user: int | None = None,
    prepare: Callable[[], None] | None = None,
) -> subprocess.Popen[str]:
    """The tiny command in a process group of its own.

    Args:
        output: where it prints to.
        user: whom it runs as; another needs the rights of root.
        prepare: called in the new process before the command.
    """
    results.parent.mkdir(exist_ok=True, parents=True)
    if user is None:
        _give_kernels(cache)
    environment = {
        **os.environ,
        "SUPERTICKETS_CACHE": str(cache),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "100",
        "TMPDIR": str(temporary()),
    }
    command = [sys.executable, str(HERE / "tiny_tables.py"), "--device", "cpu", "--out", str(results), *arguments]

    def begin() -> None:
        hear_signals()
        if prepare is not None:
            prepare()

    return subprocess.Popen(
        command,
        env=environment,
        cwd=results.parent,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        user=user,
        preexec_fn=begin,  # noqa: PLW1509
    )


def hear_signals() -> None:
    """What a new process does first, as the tests may run under nohup or in the background."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _give_kernels(cache: Path) -> None:
    """Compiled kernels, so that a test is about runs and not about compiling; none where nothing can be written."""
    fused.compiled()
    with suppress(OSError):
        shutil.copytree(
            user_cache() / "kernels",
            cache / "kernels",
            ignore=lambda _, names: {name for name in names if not name.endswith(".so")},
        )


def run(
    cache: Path,
    results: Path,
    *arguments: str,
    user: int | None = None,
    prepare: Callable[[], None] | None = None,
) -> tuple[int, str]:
    """Exit code and everything printed."""
    process = start(cache, results, *arguments, user=user, prepare=prepare)
    try:
        output, _ = process.communicate(timeout=HANGS_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # it has a session of its own and would go on computing
        raise
    return process.returncode, output


def with_data_of(cache: Path, target: Path) -> Path:
    """A new cache that has the drawn data of another, so that a test is about runs and not about drawing."""
    shutil.copytree(cache / "data", target / "data")
    return target


def csv_of(results: Path) -> Path:
    """The one result file."""
    return results / "embedded" / f"{TABLE}.csv"


def leftovers(cache: Path, results: Path) -> list[str]:
    """What a command that has finished should not have left in its folders."""
    found = [path.relative_to(cache) for path in cache.rglob("*")]
    odd = [str(path) for path in found if path.parts[0] != "data" and not KEPT.fullmatch(path.as_posix())]
    odd += [str(path) for path in found if path.parts[0] == "data" and (path.suffix == ".lock" or path.name[0] == ".")]
    table = {csv_of(results).with_suffix(suffix) for suffix in (".csv", ".json", ".md")}
    odd += [str(path) for path in results.rglob("*") if path.is_file() and path not in table]
    # torch keeps a folder of its own, at most one for each user
    return odd + [str(path) for path in temporary().iterdir() if not path.name.startswith("torchinductor_")]


def members(session: int) -> dict[int, int]:
    """Living processes of a session, and their parents."""
    return {pid: int(fields[1]) for pid, fields in _living(session)}


def cpu_seconds(session: int) -> dict[int, float]:
    """Living processes of a session, and the seconds of a core that each has used."""
    ticks = os.sysconf("SC_CLK_TCK")
    return {pid: (int(fields[11]) + int(fields[12])) / ticks for pid, fields in _living(session)}


def _living(session: int) -> Iterator[tuple[int, list[str]]]:
    """Processes that have not ended, and what the system says of each: state, parent, group, session and so on."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            yield int(path.parent.name), fields
