"""What all commands have in common: they end quietly when nobody reads their output any more."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

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
