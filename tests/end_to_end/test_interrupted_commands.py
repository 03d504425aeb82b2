"""The real command on machines that fail: kills, signals, full and read-only disks, other users, wrong clocks.

Whatever happens, the same command goes on later and ends in the same bytes, with nothing left in its folders.
"""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest

from supertickets.command_line import run_command
from tests.end_to_end.kills import ARGUMENTS, MOST_LOADED_S, Show, end_of, end_of_orphans, processes
from tests.end_to_end.tiny_command import csv_of, leftovers, members, run, start, with_data_of
from tests.patience import HANGS_S
from tests.small_disk import small_disk

pytestmark = pytest.mark.slow

FINISHED = re.compile(r"^\[\d+/\d+\] (.*): \d+:\d\d:\d\d", re.MULTILINE)
TAKEN = re.compile(r"^(.*): another command has computed it$", re.MULTILINE)
NOBODY = 65534
LARGEST_FILE = 60_000
"""Bytes; less than a checkpoint of the tiny nets has."""


@pytest.fixture(scope="module")
def expected(finished: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The CSV of one seed, of a command that nothing happened to."""
    results = tmp_path_factory.mktemp("expected") / "results"
    code, output = run(finished[0], results, *ARGUMENTS)
    assert code == 0, output
    return csv_of(results).read_bytes()


@pytest.fixture
def cache(finished: tuple[Path, Path], tmp_path: Path) -> Path:
    return with_data_of(finished[0], tmp_path / "cache")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


def wait_until_it_computes(process: subprocess.Popen[str], cache: Path) -> None:
    """Until a run is in its middle."""
    while not list((cache / "running").glob("*/checkpoint")):
        assert process.poll() is None, "it has ended before it could be disturbed"
        time.sleep(0.02)


def assert_it_goes_on(cache: Path, results: Path, expected: bytes) -> str:
    """Run to the end; gives what was said."""
    code, output = run(cache, results, *ARGUMENTS)
    assert code == 0, output
    assert csv_of(results).read_bytes() == expected
    assert leftovers(cache, results) == []
    return output


def test_kills_of_all_kinds_lose_nothing_and_leave_nothing(cache: Path, results: Path, expected: bytes) -> None:
    """`python -m tests.end_to_end.kills --kills 100` does more of them."""
    show = Show(cache, results, expected, seed=random.randrange(1000))
    show.kill(8)
    assert show.counts["finished with the same bytes"] >= 1


def test_a_command_that_is_killed_while_it_starts_leaves_no_process(cache: Path, results: Path) -> None:
    process = start(cache, results, *ARGUMENTS, output=subprocess.DEVNULL)
    while len(members(process.pid)) < 3:  # the command, its fork server, and what watches over shared memory
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    end_of_orphans(process.pid, MOST_LOADED_S)


MOST_UNTIL_STOPPED_S = 15.0
"""They end at once when the command stops them; on a busy machine it may have to wait for a core meanwhile."""


@pytest.mark.parametrize(("number", "word"), [(2, "interrupted"), (15, "stopped by SIGTERM"), (1, "stopped by SIGHUP")])
def test_a_signal_stops_all_processes_at_once(
    number: int, word: str, cache: Path, results: Path, expected: bytes
) -> None:
    process = start(cache, results, *ARGUMENTS)
    wait_until_it_computes(process, cache)
    process.send_signal(number)
    try:
        end_of(process.pid, lambda: processes(process.pid)["worker"], MOST_UNTIL_STOPPED_S)
    except AssertionError:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    output, _ = process.communicate(timeout=HANGS_S)
    end_of_orphans(process.pid)
    assert process.returncode == 128 + number
    assert output.splitlines()[-1] == f"{word}: the same command goes on from the last finished epochs"
    assert "Traceback" not in output
    if number == signal.SIGTERM:
        line = next(line for line in assert_it_goes_on(cache, results, expected).splitlines() if "to compute" in line)
        assert re.search(r"of them from the middle \(epoch \d+ of \d+", line)


def test_two_commands_on_one_cache_compute_each_run_once(cache: Path, tmp_path: Path, expected: bytes) -> None:
    folders = [tmp_path / "one" / "results", tmp_path / "other" / "results"]
    both = [start(cache, folder, *ARGUMENTS) for folder in folders]
    computed: list[str] = []
    for process, folder in zip(both, folders, strict=True):
        output, _ = process.communicate(timeout=HANGS_S)
        assert process.returncode == 0, output
        assert csv_of(folder).read_bytes() == expected
        computed += set(FINISHED.findall(output)) - set(TAKEN.findall(output))
    assert len(computed) == len(set(computed)) == len(list((cache / "results").glob("*/seed-*")))
    assert leftovers(cache, folders[0]) == []


def test_files_that_cannot_grow_are_one_line_a_run(cache: Path, results: Path, expected: bytes) -> None:
    code, output = run(
        cache,
        results,
        *ARGUMENTS,
        prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE)),
    )
    assert code == 1
    failed = [line for line in output.splitlines() if "FAILED" in line]
    reasons = ("File too large: is there space left below", "not attempted: ")
    assert failed and all(any(reason in line for reason in reasons) for line in failed)
    assert "Traceback" not in output
    assert_it_goes_on(cache, results, expected)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    with small_disk(tmp_path / "disk", 260 << 10) as folder:
        yield folder


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))


def test_a_disk_that_fills_while_runs_are_computed(
    finished: tuple[Path, Path], disk: Path, results: Path, expected: bytes
) -> None:
    cache = with_data_of(finished[0], disk / "cache")
    process = start(cache, results, *ARGUMENTS)
    wait_until_it_computes(process, cache)
    with pytest.raises(OSError, match="No space left"):
        fill(disk / "filling")
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode == 1
    failed = [line for line in output.splitlines() if "FAILED" in line]
    assert any("No space left on device: is there space left below" in line for line in failed)
    assert any("0 MB are left for the cache folder" in line for line in failed), "of those that begin afterwards"
    assert "Traceback" not in output
    refused, output = run(cache, results, *ARGUMENTS)
    assert (refused, output.count("\n")) == (2, 1)
    assert re.fullmatch(r"error: 0 MB are left for the cache folder .*, 200 are needed: free some .*\n", output)
    (disk / "filling").unlink()
    assert_it_goes_on(cache, results, expected)


def test_a_read_only_disk_is_one_line(disk: Path, results: Path) -> None:
    (disk / "cache" / "results").mkdir(parents=True)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    code, output = run(disk / "cache", results, *ARGUMENTS)
    line = f"error: cannot write to the cache folder {disk / 'cache'}: Read-only file system; "
    assert (code, output) == (2, f"{line}set SUPERTICKETS_CACHE to a writable folder\n")


def _as_nobody(cache: Path, results: Path, output: Path) -> None:
    import paper_tables.command  # noqa: F401 - loaded by root: others may not read where the packages lie
    from paper_tables.__main__ import main

    with output.open("w") as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w") for number in (1, 2))
    sys.argv = ["paper_tables", "--device", "cpu", "--out", str(results), *ARGUMENTS]
    os.environ["SUPERTICKETS_CACHE"] = str(cache)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    run_command(main)


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("rights", [0o700, 0o755])
def test_the_cache_of_another_user_is_one_line(rights: int, tmp_path: Path) -> None:
    for folder in (*tmp_path.parents, tmp_path):
        if folder.stat().st_mode & stat.S_IXOTH == 0:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    cache, results = tmp_path / "cache", tmp_path / "results"
    cache.mkdir()
    (cache / "results").mkdir()
    cache.chmod(rights)
    results.mkdir()
    results.chmod(0o777)
    output = tmp_path / "output"
    process = get_context("fork").Process(target=_as_nobody, args=(cache, results, output))
    process.start()
    process.join(HANGS_S)
    line = f"error: cannot write to the cache folder {cache}: Permission denied; "
    assert (process.exitcode, output.read_text()) == (2, f"{line}set SUPERTICKETS_CACHE to a writable folder\n")
    assert [path.name for path in cache.iterdir()] == ["results"]


def test_a_clock_that_was_set_back_changes_nothing(cache: Path, results: Path, expected: bytes) -> None:
    process = start(cache, results, *ARGUMENTS, output=subprocess.DEVNULL)
    wait_until_it_computes(process, cache)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    later = time.time() + 10 * 365 * 86400
    for path in cache.rglob("*"):
        os.utime(path, (later, later))
    output = assert_it_goes_on(cache, results, expected)
    assert "damaged" not in output and "from the middle" in output
