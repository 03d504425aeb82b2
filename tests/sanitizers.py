"""Running kernels with the address and undefined-behaviour sanitizers of gcc, in a process of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

needs_sanitizers = pytest.mark.skipif(
    not shutil.which("gcc") or sys.platform != "linux", reason="needs gcc's sanitizers"
)


def assert_clean(program: str, cache: Path) -> None:
    """Run a program that prints `clean` at its end, with kernels compiled in `cache` for the sanitizers."""
    runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = os.environ | {
        "CC": "gcc -fsanitize=address,undefined -fno-sanitize-recover=all -g",
        "LD_PRELOAD": runtime.stdout.strip(),
        "ASAN_OPTIONS": "detect_leaks=0",
        "SUPERTICKETS_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "clean\n"), done.stderr[-2000:]
