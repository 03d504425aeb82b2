"""How commands end, in this process: the exit code and the line that go with each end, and with streams that fail."""

from __future__ import annotations

import errno
import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from supertickets.command_line import STOPPING, Stopped, not_written, run_command

pytestmark = pytest.mark.fast


def ended(main: Callable[[], int]) -> object:
    """The exit code of a command."""
    before = {number: signal.getsignal(number) for number in STOPPING}
    try:
        with pytest.raises(SystemExit) as end:
            run_command(main, "go on later")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return end.value.code


def raising(error: BaseException) -> Callable[[], int]:
    def main() -> int:
        raise error

    return main


ENDS: dict[str, tuple[Callable[[], int], int, str]] = {
    "fine": (lambda: 0, 0, ""),
    "its own code": (lambda: 3, 3, ""),
    "wrong arguments": (raising(SystemExit(2)), 2, ""),
    "help": (raising(SystemExit()), 0, ""),
    "Ctrl-C": (raising(KeyboardInterrupt()), 130, "interrupted: go on later\n"),
    "SIGTERM": (raising(Stopped(signal.SIGTERM)), 143, "stopped by SIGTERM: go on later\n"),
    "a signal itself": (lambda: signal.raise_signal(signal.SIGHUP) or 0, 129, "stopped by SIGHUP: go on later\n"),
    "disk": (raising(OSError(errno.ENOSPC, "no space", "a.csv")), 1, "error: [Errno 28] no space: 'a.csv'\n"),
}
"""What a command does, its exit code and what is told."""


@pytest.mark.parametrize("end", ENDS)
def test_every_end_has_its_code_and_its_line(end: str, capsys: pytest.CaptureFixture[str]) -> None:
    main, code, told = ENDS[end]
    assert ended(main) == code
    assert capsys.readouterr() == ("", told)


def test_further_signals_disturb_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            signal.raise_signal(signal.SIGINT)  # within the second
            raise
        return 0

    assert ended(main) == 143
    assert capsys.readouterr().err == "stopped by SIGTERM: go on later\n"


@pytest.mark.parametrize(("code", "by_failure"), [(0, True), (3, False)])
@pytest.mark.parametrize("way", ["disk full", "reader gone"])
def test_an_output_that_fails_decides_the_code_of_a_command_that_went_well(
    way: str, code: int, by_failure: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if way == "disk full":
        failing = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, failing = os.pipe()
        os.close(reader)
    with os.fdopen(failing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)

        def main() -> int:
            print("words")
            return code

        found = ended(main)
    assert found == ((1 if way == "disk full" else 128 + signal.SIGPIPE) if by_failure else code)
    told = "error: standard output: No space left on device\n" if way == "disk full" else ""
    assert capsys.readouterr().err == told


def test_warnings_are_lines_and_each_place_warns_once(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        warnings.simplefilter("always")
        for number in range(3):
            warnings.warn(f"number {number}", stacklevel=1)
        warnings.warn("another", stacklevel=1)
        return 0

    shown = warnings.showwarning
    with warnings.catch_warnings():
        assert ended(main) == 0
    assert capsys.readouterr().err == "warning: number 0\nwarning: another\n" and warnings.showwarning is shown


def test_what_cannot_be_written_is_told_with_the_code_of_wrong_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert not_written(Path("a/b"), OSError(errno.EACCES, "denied")) == 2
    assert capsys.readouterr().err == "error: --out a/b: cannot be written (denied)\n"
