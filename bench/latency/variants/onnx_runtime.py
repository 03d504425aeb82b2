"""ONNX Runtime: the net exported once, its BatchNorms folded into the convolutions."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from bench.latency.variants import Call, Device, Variant
from supertickets.exports import missing_package, onnx_model, onnx_runtime

PROVIDERS: dict[Device, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def prepare(net: nn.Module, image: Tensor, *, device: Device) -> Call:
    """A session of one provider, with as many threads as torch has."""
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    session = onnxruntime.InferenceSession(onnx_model(net, image), options, providers=[PROVIDERS[device]])
    name = session.get_inputs()[0].name
    if device == "cpu":
        feed = {name: image.numpy()}
        return lambda: torch.from_numpy(session.run(None, feed)[0])
    # input and output stay on the device, as they do for torch; the binding knows their addresses alone
    result = session.get_outputs()[0]
    placed = {name: image.cuda(), result.name: torch.empty(result.shape, device="cuda")}
    binding = session.io_binding()
    binding.bind_input(name, "cuda", 0, "float32", tuple(image.shape), placed[name].data_ptr())
    binding.bind_output(result.name, "cuda", 0, "float32", tuple(result.shape), placed[result.name].data_ptr())

    def run() -> Tensor:
        session.run_with_iobinding(binding)
        return placed[result.name]

    return run


def lacks(device: Device) -> str | None:
    """Which package is missing, or that the runtime knows no such device."""
    if missing := missing_package():
        return missing
    if PROVIDERS[device] not in onnx_runtime().get_available_providers():
        return f"this onnxruntime has no {PROVIDERS[device]} (pip install onnxruntime-gpu)"
    return None


KEYS = ("cpu-onnxruntime-fp32", "cuda-onnxruntime-fp32")
VARIANTS = tuple(
    Variant(
        key, "ONNX Runtime, fp32", device, "fp32", "library's own",
        partial(prepare, device=device), partial(lacks, device),
    )
    for key, device in zip(KEYS, PROVIDERS, strict=True)
)  # fmt: skip
