"""What decides a number beside a run's description and seed: the data, the kind of device, torch's version.

Two runs with another identity are two results, which never take each other's place in the store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from bench.data import data_set
from bench.experiments import Run, lineage
from supertickets.computing import PLAIN, Computing
from supertickets.loading import HERE, Loading


@dataclass(frozen=True)
class Environment:
    """Where runs happen.

    Attributes:
        cache: folder of results and decoded data.
        data_root: folder with a folder per downloaded data set; None where only drawn ones are needed.
        device: as torch calls it, "cpu" or "cuda:0".
        loading: how pictures are decoded of sets that are not decoded beforehand; no result depends on it.
        computing: in how many parts and how precisely trainings are computed.
        processes: that compute every run together.
    """

    cache: Path
    data_root: Path | None
    device: str = "cpu"
    loading: Loading = HERE
    computing: Computing = PLAIN
    processes: int = 1


def torch_version() -> str:
    """Major and minor version of torch; patches keep numbers as they are."""
    return ".".join(torch.__version__.split(".")[:2])


def identity_of(run: Run, environment: Environment, known: dict[str, str]) -> dict[str, Any]:
    """What decides a run's numbers, seed apart, as plain JSON values by name.

    How many processes compute it is no part of it where they normalise together: they are one process but for rounding,
    and a run begun by some may be ended by others.

    Args:
        known: name of a data set -> its `decoded_id`, for which a million files may have to be listed; what is not
            there yet is added.

    Raises:
        DataError: a file that a data set needs is missing.
    """
    names = sorted({step.problem.data for step in lineage(run.step)})
    for name in names:
        if name not in known:
            known[name] = data_set(name).decoded_id(environment.data_root)
    return {
        "id": run.id,
        "data": {name: known[name] for name in names},
        "device": torch.device(environment.device).type,
        "torch": torch_version(),
        **_protocol_of(environment),
    }


def _protocol_of(environment: Environment) -> dict[str, Any]:
    """What else than one process with whole batches in float32 computes other numbers; nothing where it does."""
    computing = environment.computing
    normalised = [environment.processes if computing.statistics == "local" else 1, computing.parts]
    found: dict[str, Any] = {} if normalised == [1, 1] else {"batch_norm_shares": normalised}
    return found if computing.precision == "float32" else {**found, "precision": computing.precision}


def key_of(identity: Mapping[str, Any]) -> str:
    """16 hexadecimal digits under which a run of this identity is stored."""
    return hashlib.sha256(json.dumps(list(identity.values()), sort_keys=True).encode()).hexdigest()[:16]
