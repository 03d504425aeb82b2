"""A training by one process of `torchrun`, which exchanges tensors by NCCL on a GPU and by Gloo on the CPU."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.gpu.parts import Given, Part
from bench.gpu.trained import batches, search_trainer, searched_and_pruned
from supertickets.distributed import joined
from supertickets.parallel import SINGLE, Parallel
from supertickets.supernet import MINIATURE

SIZE = (32, 64)
COLUMNS = ("quantity", "alone", "by_torchrun", "status")
CALL = "import sys; from bench.gpu.parts.nccl import write_joined; write_joined(*sys.argv[1:])"


def trained(device: str, parallel: Parallel) -> dict[str, Any]:
    """What a training of the miniature net comes to: two epochs, between them a search and a pruning."""
    config = replace(MINIATURE, outputs=5)
    trainer = search_trainer(config, batches(config.outputs, SIZE, device, parallel))
    searched_and_pruned(trainer)
    trainer.train_epoch(2)
    ticket = trainer.ticket()
    first, second = trainer.progress.history
    return {
        "loss of epoch 1": first["loss"],
        "loss of epoch 2": second["loss"],
        "search units": first["units"],
        "weights kept": sum(int(mask.sum()) for mask in ticket.masks.values()),
    }


def write_joined(device: str, path: str) -> None:
    """What a process that `torchrun` has started does."""
    import torch.distributed

    with joined(own_gpu=device != "cpu") as processes:
        found = trained(device, processes)
        found["backend"] = str(torch.distributed.get_backend_config())
    Path(path).write_text(json.dumps(found), encoding="utf-8")


def compared(given: Given) -> Iterator[Mapping[str, object]]:
    """The training alone and by `torchrun`, which have to come to the same.

    Raises:
        RuntimeError: the process of `torchrun` ends with an error, which its output tells.
    """
    alone = trained(given.device, SINGLE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "joined.json"
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1", "--no-python"]
        ended = subprocess.run([*launch, sys.executable, "-c", CALL, given.device, str(path)], check=False)
        if ended.returncode:
            raise RuntimeError(f"torchrun ended with {ended.returncode}")
        together = json.loads(path.read_text(encoding="utf-8"))
    yield dict(zip(COLUMNS, ("backend", "none", together.pop("backend"), "ok"), strict=True))
    for quantity, value in alone.items():
        same = abs(value - together[quantity]) <= 1e-6 * abs(value)
        cells = (quantity, value, together[quantity], "ok" if same else "failed: they differ")
        yield dict(zip(COLUMNS, cells, strict=True))


KEYS = ("nccl",)
PARTS = (Part(*KEYS, "one process of torchrun", 1, 30, COLUMNS, compared),)
