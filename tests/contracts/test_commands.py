"""What all commands have in common: they end quietly when nobody reads their output any more."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from supertickets.command_line import run_command

COMMANDS = {
    "paper_tables": ["--list"],
    "paper_tables.claims": ["--audit"],
    "bench.cost": ["--model", "bisenet", "--size", "32x32"],
}


@pytest.mark.slow
@pytest.mark.parametrize("module", COMMANDS)
def test_a_reader_that_goes_away_is_no_error(module: str) -> None:
    command = [sys.executable, "-m", module, *COMMANDS[module]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None and started.stderr is not None
        started.stdout.close()
        complaint = started.stderr.read()
    assert complaint == "" and started.returncode in (1, 128 + signal.SIGPIPE)  # 1: rich noticed first


@pytest.mark.fast
def test_an_interrupt_is_told_in_one_word(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        run_command(interrupted)
    assert ended.value.code == 128 + signal.SIGINT
    assert capsys.readouterr().err == "interrupted\n"
