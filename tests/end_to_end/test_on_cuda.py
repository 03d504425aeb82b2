"""On a CUDA device: trainings follow the CPU's, resume, and fill tables whose sidecars name the device."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from supertickets.checkpoint import restore, saved_facts, saved_state
from supertickets.optimizers import Optimization
from supertickets.search_trainer import SearchTrainer
from supertickets.two_in_one import TwoInOne, two_in_one
from tests.patience import HANGS_S
from tests.properties.small import TWO_BRANCHES, DoubleImages, trainer

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    pytest.mark.filterwarnings("ignore:.*(nothing is kept of|prunes again|nothing was searched)"),
]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

WITH_TOKENS = replace(TWO_BRANCHES, tokens=4)
OPTIMIZATION = Optimization("adamw", lr=5e-3, l2=1e-2)
ALGORITHM = TwoInOne(epochs=6, search_interval=2, prune_interval=1, sparsity=50, drop_threshold=0.999)
ABLATION_CELLS = 7 * (3 + 6) + 7 * (4 + 6)


def trained(device: str, done: bytes | None = None, **how: Any) -> tuple[SearchTrainer, dict[int, bytes]]:
    """A whole two-in-one training, or the rest of a stored one, and its state after every epoch."""
    facts = saved_facts(done) if done else {"shape": None, "normaliser": None, "epoch": 0}
    how = {"config": WITH_TOKENS, "optimization": OPTIMIZATION, "epochs": ALGORITHM.epochs, **how}
    run = trainer(steps=2, shape=facts["shape"], normaliser=facts["normaliser"], device=device, **how)
    if done:
        restore(run, done)
        assert saved_state(run) == done, "storing loses something"
    return run, {epoch: saved_state(run) for epoch in two_in_one(run, ALGORITHM, facts["epoch"])}


def test_a_training_follows_the_cpus() -> None:
    """In double precision, where other kernels hardly round otherwise, and without dropout, which devices draw anew."""
    how = {
        "config": TWO_BRANCHES,
        "optimization": replace(OPTIMIZATION, averaged=False),
        "double": True,
        "task": DoubleImages(3),
    }
    (cpu, _), (cuda, _) = (trained(device, **how) for device in ("cpu", "cuda"))
    assert {value.device.type for value in cuda.net.state_dict().values()} == {"cuda"}
    assert len(cuda.progress.history) == ALGORITHM.epochs
    for ours, theirs in zip(cuda.progress.history, cpu.progress.history, strict=True):
        assert ours == {**theirs, "loss": pytest.approx(theirs["loss"], rel=1e-4)}
    assert all(torch.equal(mask.cpu(), cpu.frozen.masks[name]) for name, mask in cuda.frozen.masks.items())


def test_a_training_resumes() -> None:
    """From any epoch: same shape and same facts, values as near as two runs on the device are to each other."""
    run, states = trained("cuda")
    for epoch in (1, 2, 5):
        again, rest = trained("cuda", states[epoch])
        assert list(rest) == list(range(epoch + 1, ALGORITHM.epochs + 1))
        for ours, theirs in zip(again.progress.history, run.progress.history, strict=True):
            assert ours.keys() == theirs.keys()
            assert ours["loss"] == pytest.approx(theirs["loss"], rel=0.05)


@pytest.mark.parametrize("table", ["ablation", "lottery-init", "transfer"])
def test_a_table_is_measured_on_the_device(table: str, tmp_path: Path) -> None:
    """The command people type, at a tiny budget: several processes share the device."""
    arguments = ["--table", table, "--seeds", "1", "--jobs", "4", "--device", "cuda", "--out", str(tmp_path / "r")]
    folders = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "SUPERTICKETS_CACHE": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join(folders)}
    ended = subprocess.run(
        [sys.executable, str(HERE / "tiny_tables.py"), *arguments],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=HANGS_S, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (file,) = (tmp_path / "r" / "embedded").glob("*.csv")
    with file.open(newline="") as rows:
        cells = list(csv.DictReader(rows))
    assert cells and {cell["status"] for cell in cells} == {"measured"}
    assert len(cells) == ABLATION_CELLS or table != "ablation"
    assert torch.cuda.get_device_name() in json.dumps(json.loads(file.with_suffix(".json").read_text()))
