"""What decides a number beside a run's description and seed: the data, the kind of device, torch's version.

Two runs with another identity are two results, which never take each other's place in the store.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch

from bench.data import data_set
from bench.experiments import Run, lineage


@dataclass(frozen=True)
class Environment:
    """Where runs happen.

    Attributes:
        cache: folder of results and decoded data.
        data_root: folder with a folder per downloaded data set; None where only drawn ones are needed.
        device: as torch calls it, "cpu" or "cuda:0".
    """

    cache: Path
    data_root: Path | None
    device: str = "cpu"


def torch_version() -> str:
    """Major and minor version of torch; patches keep numbers as they are."""
    return ".".join(torch.__version__.split(".")[:2])


def key_of(run: Run, environment: Environment) -> str:
    """16 hexadecimal digits under which a run is stored, seed apart.

    Raises:
        DataError: a file that a data set needs is missing.
    """
    names = sorted({step.problem.data for step in lineage(run.step)})
    parts = [
        run.id,
        {name: data_set(name).decoded_id(environment.data_root) for name in names},
        torch.device(environment.device).type,
        torch_version(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
