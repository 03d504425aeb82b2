"""Torch as it comes: one kernel after another, dense, zeros multiplied like everything else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Device, Variant

TYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
LAYOUTS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}


def placed(net: nn.Module, image: Tensor, device: Device, precision: str, layout: str) -> tuple[nn.Module, Tensor]:
    """Copies of net and image on a device, in a precision and a memory layout."""
    to = {"dtype": TYPES[precision], "memory_format": LAYOUTS[layout]}
    return copy.deepcopy(net).to(device).to(**to), image.to(device).to(**to)  # type: ignore[call-overload]


def prepare(
    net: nn.Module,
    image: Tensor,
    *,
    device: Device,
    precision: str,
    layout: str,
    through: Callable[[nn.Module], Callable[[Tensor], Tensor]] = lambda placed_net: placed_net,
) -> Call:
    """A call of the net, or of what `through` makes of it, in inference mode."""
    net, image = placed(net, image, device, precision, layout)
    forward = through(net)

    @torch.inference_mode()
    def run() -> Tensor:
        return forward(image)

    return run if device == "cpu" else with_cudnn(run, precision)


def with_cudnn(run: Call, precision: str) -> Call:
    """The call under cuDNN's settings: TF32 only where asked for, and the kernels that it expects to be fastest.

    Trying its kernels out instead (`benchmark=True`) takes minutes for nets of three hundred different convolutions.
    """

    def run_on_gpu() -> Tensor:
        # `flags` switches cuDNN off unless told otherwise
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, allow_tf32=precision == "tf32"):
            return run()

    return run_on_gpu


def _variant(key: str) -> Variant:
    word, _, precision, layout = key.split("-")
    device: Device = "cuda" if word == "cuda" else "cpu"
    how = partial(prepare, device=device, precision=precision, layout=layout.upper())
    return Variant(key, f"torch, eager, {precision}, {layout.upper()}", device, precision, layout.upper(), how)  # type: ignore[arg-type]


KEYS = (
    "cpu-torch-fp32-nchw",
    "cpu-torch-fp32-nhwc",
    "cpu-torch-bf16-nhwc",
    "cuda-torch-fp32-nchw",
    "cuda-torch-fp32-nhwc",
    "cuda-torch-tf32-nhwc",
    "cuda-torch-fp16-nhwc",
    "cuda-torch-bf16-nhwc",
)
VARIANTS = tuple(map(_variant, KEYS))
