"""Random changes of one decoded sample at a time, by torchvision's transforms; one file per task.

Torchvision takes seconds to load and is loaded by the first call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Torch's random numbers on the CPU, which the transforms draw, follow from `seed`; afterwards they go on."""
    before = torch.get_rng_state()
    # torch.manual_seed would begin the streams of all GPUs anew, too
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(before)
