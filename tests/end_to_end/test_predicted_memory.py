"""What `supertickets predict` takes of memory for a picture of a camera."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from supertickets.own.kinds import kind
from supertickets.purpose import Purpose
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket

STATUS = Path("/proc/self/status")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATUS.exists(), reason="the peak of a process is read from Linux's /proc"),
]

SIZE = (5000, 4000)
MOST = 12.5
"""Bytes per pixel: the picture as Pillow holds it and as pixels or overlay take 4 + 4, a class of each pixel 1."""
CLASSES = 20

CODE = f"""
import sys
from pathlib import Path
from supertickets.__main__ import main

def peak():
    # of this program alone: getrusage would tell that of the process which started it where that is higher
    return next(int(line.split()[1]) for line in Path("{STATUS}").read_text().splitlines() if line.startswith("VmHWM"))

for picture in ("small.png", "large.jpg"):
    for task in ("classification", "segmentation"):
        assert main(["predict", f"{{task}}.st", picture, "--out", "found"]) == 0
        print(peak(), file=sys.stderr)
"""


def test_a_large_picture_takes_a_few_bytes_per_pixel(tmp_path: Path) -> None:
    for task in ("classification", "segmentation"):
        architecture = kind(task).architecture(CLASSES)
        names = tuple(f"class {number}" for number in range(CLASSES))
        ticket = Ticket.of(architecture, architecture.build(0), {})
        ticket = replace(ticket, purpose=Purpose(task, names, (96, 128), MEAN, STD))  # type: ignore[arg-type]
        (tmp_path / f"{task}.st").write_bytes(ticket.to_bytes())
    Image.new("RGB", (40, 30)).save(tmp_path / "small.png")
    Image.linear_gradient("L").resize(SIZE).convert("RGB").save(tmp_path / "large.jpg")
    done = subprocess.run([sys.executable, "-c", CODE], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _, before, *after = (1024 * int(line) for line in done.stderr.split())
    per_pixel = [(peak - before) / (SIZE[0] * SIZE[1]) for peak in after]
    assert all(found <= MOST for found in per_pixel), per_pixel
