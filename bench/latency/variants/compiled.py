"""`torch.compile`: kernels generated for this net and this image size."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Variant
from bench.latency.variants.eager import prepare


def compiled(net: nn.Module, image: Tensor) -> Call:
    """Compile for fp16 in channels-last; the first call, which takes minutes, is made here."""
    run = prepare(net, image, device="cuda", precision="fp16", layout="NHWC", through=torch.compile)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's advice: TF32, which fp16 does not need, and the like
        run()
    return run


KEYS = ("cuda-compiled-fp16",)
VARIANTS = (Variant(*KEYS, "torch.compile, fp16, NHWC", "cuda", "fp16", "NHWC", compiled),)
