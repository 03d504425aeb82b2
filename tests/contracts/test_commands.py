"""What all commands have in common: how they end when nobody reads, nothing can be written or a signal comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from supertickets.command_line import run_command
from tests.contracts.commands import ROOT, sources

COMMANDS = {
    "bench.accelerator": ["--help"],
    "bench.convert": ["--help"],
    "bench.cost": ["--model", "bisenet", "--size", "32x32"],
    "bench.errors": ["--help"],
    "bench.latency": ["--help"],
    "bench.networks": ["--help"],
    "figures": ["--figure", "lottery-init", "--profile", "embedded", "--out", "figures"],
    "figures.errors": ["--help"],
    "figures.report": ["--profile", "embedded", "--output", "report.html"],
    "paper_tables": ["--list", "--table", "lottery-init", "--seeds", "1"],
    "paper_tables.claims": ["--audit"],
}
"""A few seconds of each; a new command needs an entry."""

WAYS = {
    "reader gone": (128 + signal.SIGPIPE, ""),
    "disk full": (1, "error: standard output: No space left on device\n"),
    "closed": (0, ""),
    "ascii": (0, ""),
}
"""What happens to standard output: the exit code and what is said."""

SAYING = """
import sys, time
from supertickets.command_line import run_command

def main():
    print("a tick: \\u2713, a lone surrogate: \\udcff")
    sys.stdout.flush()
    {then}
    print("the end", file=sys.stderr)
    return {code}

run_command(main, "go on later")
"""


def ended(command: list[str], way: str, folder: Path) -> tuple[int, str, str]:
    """Exit code, standard output where it can be read, and standard error."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SUPERTICKETS_CACHE": str(folder / "cache")}
    if way == "ascii":
        environment["PYTHONIOENCODING"] = "ascii"
    if way == "closed":
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    with Path("/dev/full").open("w") as full:
        started = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdout=full if way == "disk full" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    if way == "reader gone":
        assert started.stdout is not None
        started.stdout.close()
        started.stdout = None
    out, error = started.communicate(timeout=300)
    return started.returncode, out or "", error


@pytest.mark.fast
def test_every_command_starts_in_the_same_way() -> None:
    assert sources().keys() == COMMANDS.keys()
    for path in sources().values():
        text = path.read_text(encoding="utf-8")
        last = text[text.index('if __name__ == "__main__":') :].splitlines()
        assert len(last) == 2 and last[1].startswith("    run_command(main"), path


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("module", COMMANDS)
def test_a_standard_output_that_fails_is_no_traceback(module: str, way: str, tmp_path: Path) -> None:
    code, _, error = ended([sys.executable, "-m", module, *COMMANDS[module]], way, tmp_path)
    assert (code, error) == WAYS[way]
    if module == "figures":
        assert list(tmp_path.glob("figures/embedded/*.svg")), "drawn all the same"
    if module == "figures.report":
        assert (tmp_path / "report.html").is_file(), "written all the same"


@pytest.mark.fast
@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_printed_stops_nothing(way: str, tmp_path: Path) -> None:
    found = ended([sys.executable, "-c", SAYING.format(then="pass", code=0)], way, tmp_path)
    code, said = WAYS[way]
    assert (found[0], found[2]) == (code, f"the end\n{said}")
    if way == "ascii":
        assert found[1] == "a tick: ?, a lone surrogate: ?\n"
    assert ended([sys.executable, "-c", SAYING.format(then="pass", code=7)], way, tmp_path)[0] == 7, (
        "its own code first"
    )


@pytest.mark.fast
def test_a_machine_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    full = "raise OSError(28, 'No space left on device', '/results/x.csv')"
    code, _, error = ended([sys.executable, "-c", SAYING.format(then=full, code=0)], "readable", tmp_path)
    assert (code, error) == (1, "error: [Errno 28] No space left on device: '/results/x.csv'\n")


WAITING = """
import sys, time
from supertickets.command_line import run_command

def main():
    try:
        print("ready", flush=True)
        time.sleep(float(sys.argv[1]))
    finally:
        time.sleep(0.2)
        print("cleaned up", file=sys.stderr)
    return 0

run_command(main, "go on later")
"""


def stopped_by(number: int, seconds: float = 60, *, ignored: bool = False) -> tuple[int, str]:
    """Exit code and standard error of a command that is sent a signal twice, as those of a group sometimes are."""
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, str(seconds)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # otherwise: although the tests themselves may run under nohup or in the background
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL),  # noqa: PLW1509
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()
        for _ in range(2):
            started.send_signal(number)
            time.sleep(0.05)
        _, error = started.communicate(timeout=60)
    return started.returncode, error


@pytest.mark.fast
@pytest.mark.parametrize(("number", "word"), [(2, "interrupted"), (15, "stopped by SIGTERM"), (1, "stopped by SIGHUP")])
def test_a_signal_ends_it_in_one_line_after_it_has_cleaned_up(number: int, word: str) -> None:
    assert stopped_by(number) == (128 + number, f"cleaned up\n{word}: go on later\n")


@pytest.mark.fast
def test_a_signal_that_is_ignored_stays_ignored() -> None:
    assert stopped_by(signal.SIGHUP, 0.3, ignored=True) == (0, "cleaned up\n"), "as under nohup"


@pytest.mark.fast
def test_an_interrupt_is_told_in_one_word(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGTERM), sys.stdout
    with pytest.raises(SystemExit) as end:
        run_command(interrupted)
    assert end.value.code == 128 + signal.SIGINT
    assert capsys.readouterr().err == "interrupted\n"
    assert (signal.getsignal(signal.SIGTERM), sys.stdout) == before, "as it was"
