"""torch's own count of a net's work, with every attention kernel made visible to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


@contextmanager
def _visible_attention() -> Iterator[None]:
    """The fused kernels of `nn.MultiheadAttention` and of CPUs are unknown to torch's counter."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def torch_macs(net: nn.Module, image_size: tuple[int, int], batch: int = 1) -> float:
    """Half the FLOPs that torch counts in one pass of `net` over `(batch, 3, H, W)`."""
    like = next(net.parameters())
    images = torch.zeros(batch, 3, *image_size, device=like.device, dtype=like.dtype)
    with FlopCounterMode(display=False) as counter, _visible_attention():
        net.eval()(images)
    return counter.get_total_flops() / 2
