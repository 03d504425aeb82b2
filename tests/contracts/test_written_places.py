"""Commands write into the folder they are called in and into the cache, and nowhere else, whatever they load."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.commands import ROOT
from tests.own_data import class_folders

pytestmark = pytest.mark.slow

CODE = """
import supertickets.own.plan, supertickets.own.training
from supertickets.__main__ import keep_within_cache, main
for module in (supertickets.own.plan, supertickets.own.training):
    module.SEARCH_EPOCHS, module.RETRAIN_EPOCHS = 12, 4
keep_within_cache()
for line in (
    "draw data --task classification --sparsity 40 --steps 3 --rate 0.02 --out net.safetensors",
    "evaluate net.safetensors data",
    "predict net.safetensors data/red",
    "info net.safetensors",
    "export net.safetensors --onnx net.onnx",
    "export net.safetensors --program net.pt2",
    "export net.safetensors --engine",
    "bench net.safetensors --rounds 2 --csv times.csv",
):
    assert main(line.split()) == 0
"""
"""All commands, and a short training."""
UNSET = ("SUPERTICKETS_CACHE", "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR", "ORT_DISABLE_TELEMETRY", "CI")


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("home", "temporary", "here")}
    for place in places.values():
        place.mkdir()
    class_folders(places["here"] / "data")
    given = below(places["here"])
    kept = {name: value for name, value in os.environ.items() if name not in UNSET and not name.startswith("XDG_")}
    environment = {
        **kept, "HOME": str(places["home"]), "TMPDIR": str(places["temporary"]), "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", "-c", CODE],
        cwd=places["here"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(name.startswith(".cache/supertickets/") for name in below(places["home"]))
    assert [path.name for path in places["home"].iterdir()] == [".cache"]
    assert list(places["temporary"].iterdir()) == []
    made = {name for name in below(places["here"]) - given if not name.startswith("predictions/")}
    assert made == {"net.safetensors", "net.training.png", "net.onnx", "net.pt2", "times.csv"}
