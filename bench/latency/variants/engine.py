"""Our engine: a supernet, or what is left of one, as one C kernel that skips every zero of every convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Variant
from supertickets.engine import Engine
from supertickets.engine.engine import SOURCE
from supertickets.kernels import KernelsUnavailable, library
from supertickets.supernet import Supernet


def prepare(net: nn.Module, image: Tensor) -> Call:
    """A call of the engine, with as many threads as torch has."""
    engine = Engine(net, torch.get_num_threads())
    return lambda: engine(image)


def lacks() -> str | None:
    """Why the kernels cannot be compiled here: most often, that there is no C compiler."""
    try:
        library(SOURCE)
    except KernelsUnavailable as error:
        return str(error)
    return None


def is_supernet(net: nn.Module, _masked: bool) -> bool:
    """Nets with and without zeros, so that what the kernel gains and what the zeros gain are told apart."""
    return isinstance(net, Supernet)


KEYS = ("cpu-engine-fp32",)
VARIANTS = (
    Variant(
        *KEYS, "supertickets.engine, zeros skipped, fp32", "cpu", "fp32", "library's own", prepare, lacks,
        is_supernet,
    ),
)  # fmt: skip
